// Saved state as JSON and a pool of bytes, and back.
//
// Typed arrays are cut into pieces that are pooled. Bytes of page content are a word and a length. Whatever JSON
// would change in silence (undefined, an infinity, a minus zero) is marked, and what it cannot say at all is refused.

import { assert } from "#base/assert.ts";
import { type ContentRun, contentOfRun, contentRunAt } from "#kernel/index.ts";
import { type BlobPool, together } from "./blob-pool.ts";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Elements of a typed array that are one piece. */
const PIECE_ELEMENTS = 1024;

const KINDS = {
  u8: Uint8Array,
  u16: Uint16Array,
  i32: Int32Array,
  u32: Uint32Array,
  f64: Float64Array,
} as const;
type Kind = keyof typeof KINDS;
type TypedArray = InstanceType<(typeof KINDS)[Kind]>;

/** The key of everything that is not what it looks like. */
const MARK = "is";

/** `used` is told the number of every piece of the pool that the result names, as often as it does. */
export function pack(value: unknown, pool: BlobPool, used: (id: number) => void): Json {
  const put: Put = (bytes, width) => {
    const id = pool.put(bytes, width);
    used(id);
    return id;
  };
  const packed = (item: unknown): Json => {
    if (typeof item !== "object" || item === null) return scalar(item);
    if (Array.isArray(item)) return item.map(packed);
    if (isTypedArray(item)) return packedArray(item, put);
    const prototype: unknown = Object.getPrototypeOf(item);
    assert(prototype === Object.prototype && !(MARK in item), "state is plain data");
    return Object.fromEntries(Object.entries(item).map(([key, child]) => [key, packed(child)]));
  };
  return packed(value);
}

function scalar(value: unknown): Json {
  if (value === undefined) return { [MARK]: "undefined" };
  if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0)))
    return { [MARK]: numberText(value) };
  const isPlain = value === null || typeof value === "boolean" || typeof value === "string";
  assert(isPlain || typeof value === "number", "state is plain data");
  return value;
}

const numberText = (value: number): string => (Object.is(value, -0) ? "-0" : String(value));

type Put = (bytes: Uint8Array, width: number) => number;

const isTypedArray = (value: object): value is TypedArray =>
  ArrayBuffer.isView(value) && !(value instanceof DataView);

function packedArray(array: TypedArray, put: Put): Json {
  const pieces = array instanceof Uint8Array ? bytePieces(array, put) : widePieces(array, put);
  const kind = Object.entries(KINDS).find(([, made]) => array instanceof made)?.[0];
  assert(kind !== undefined, "state is plain data");
  return { [MARK]: kind, of: array.length, in: pieces };
}

function widePieces(array: TypedArray, put: Put): Json[] {
  const width = array.BYTES_PER_ELEMENT;
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  const pieces: Json[] = [];
  for (let at = 0; at < bytes.length; at += PIECE_ELEMENTS * width)
    pieces.push(put(bytes.subarray(at, at + PIECE_ELEMENTS * width), width));
  return pieces;
}

/** A number is a piece, a pair a stretch of content: state and words. */
function bytePieces(bytes: Uint8Array, put: Put): Json[] {
  const pieces: Json[] = [];
  const plain = (from: number, to: number): void => {
    for (let at = from; at < to; at += PIECE_ELEMENTS)
      pieces.push(put(bytes.subarray(at, Math.min(to, at + PIECE_ELEMENTS)), 1));
  };
  let at = 0;
  const next = (): ContentRun | null => contentRunAt(bytes, at);
  for (let run = next(); run !== null; run = next()) {
    plain(at, run.offsetBytes);
    pieces.push([run.state, run.words]);
    at = run.offsetBytes + run.words * 4;
  }
  plain(at, bytes.length);
  return pieces;
}

const NUMBERS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["undefined", undefined],
  ["-0", -0],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

/** What was packed; null: it is no packed state, or a piece is missing. */
export function unpack(
  packed: Json,
  pieceOf: (id: number) => Uint8Array | null,
): { readonly value: unknown } | null {
  let isWhole = true;
  const unpacked = (item: Json): unknown => {
    if (typeof item !== "object" || item === null) return item;
    if (Array.isArray(item)) return item.map(unpacked);
    const mark = item[MARK];
    if (mark === undefined)
      return Object.fromEntries(Object.entries(item).map(([key, child]) => [key, unpacked(child)]));
    if (typeof mark === "string" && NUMBERS.has(mark)) return NUMBERS.get(mark);
    const array = arrayFrom(item, pieceOf);
    isWhole &&= array !== null;
    return array;
  };
  const value = unpacked(packed);
  return isWhole ? { value } : null;
}

function arrayFrom(
  { [MARK]: kind, of, in: pieces }: { readonly [key: string]: Json },
  pieceOf: (id: number) => Uint8Array | null,
): TypedArray | null {
  if (typeof kind !== "string" || !isKind(kind)) return null;
  if (typeof of !== "number" || !Array.isArray(pieces)) return null;
  const { BYTES_PER_ELEMENT: width } = KINDS[kind];
  const bytes = new Uint8Array(of * width);
  let at = 0;
  for (const piece of pieces) {
    const part = partFrom(piece, pieceOf);
    if (part === null || at + part.length > bytes.length) return null;
    bytes.set(together(part, width), at);
    at += part.length;
  }
  return at === bytes.length ? new KINDS[kind](bytes.buffer) : null;
}

const isKind = (name: string): name is Kind => Object.hasOwn(KINDS, name);

function partFrom(piece: Json, pieceOf: (id: number) => Uint8Array | null): Uint8Array | null {
  if (typeof piece === "number") return pieceOf(piece);
  if (!Array.isArray(piece)) return null;
  const [state, words] = piece;
  return typeof state === "number" && typeof words === "number"
    ? contentOfRun({ state, words })
    : null;
}
