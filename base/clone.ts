// A deep copy of plain data: what save() hands out and load() takes must not share arrays with a living machine.

export type Plain =
  | number
  | string
  | boolean
  | bigint
  | null
  | undefined
  | TypedArray
  | readonly Plain[]
  | { readonly [key: string]: Plain };
type TypedArray = Uint8Array | Uint16Array | Int32Array | Uint32Array | Float64Array;

export function clone<T>(value: T): T;
export function clone(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => clone(item));
  if (isTypedArray(value)) return value.slice();
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, clone(item)]));
}

function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}
