// The values of an axis: those it lists, or those between two, so many of them evenly, or by doubling.
//
// Between two quantities of one dimension lie quantities of that dimension; a size of memory is whole pages wherever both ends are.

import { PAGE_BYTES } from "#base/units.ts";
import { type Dimension, formatQuantity, type Parsed, parseQuantity } from "./quantity.ts";

export interface Axis {
  readonly path: string;
  readonly values?: readonly unknown[] | undefined;
  readonly from?: unknown;
  readonly to?: unknown;
  readonly steps?: number | undefined;
  readonly scale?: "linear" | "log2" | undefined;
}

const DIMENSIONS: readonly Dimension[] = ["duration", "size", "rate", "bandwidth", "ratio"];

/** As they are written in a scenario, in the order of the axis. */
export function axisValues(axis: Axis): Parsed<readonly unknown[]> {
  const { values, from, to, steps = 2, scale = "linear" } = axis;
  if (values !== undefined) return { ok: true, value: values };
  if (from === undefined || to === undefined)
    return refused(`${axis.path}: expected values, or from and to`);
  const ends = endsOf(from, to);
  if (ends === null) return refused(`${axis.path}: from and to are no quantities of one kind`);
  if (scale === "log2" && Math.min(ends.from, ends.to) <= 0)
    return refused(`${axis.path}: what begins at nothing cannot double`);
  const spaced = scale === "linear" ? evenly(ends, steps) : doubling(ends);
  return { ok: true, value: spaced.map((value) => written(ends, value)) };
}

const refused = (message: string): Parsed<never> => ({ ok: false, message, nearest: null });

interface Ends {
  /** null: bare numbers. */
  readonly dimension: Dimension | null;
  readonly from: number;
  readonly to: number;
}

function endsOf(from: unknown, to: unknown): Ends | null {
  if (typeof from === "number" && typeof to === "number") return { dimension: null, from, to };
  if (typeof from !== "string" || typeof to !== "string") return null;
  for (const dimension of DIMENSIONS) {
    const [first, last] = [parseQuantity(from, dimension), parseQuantity(to, dimension)];
    if (!first.ok || !last.ok || first.value.ofRam || last.value.ofRam) continue;
    return { dimension, from: first.value.value, to: last.value.value };
  }
  return null;
}

const evenly = ({ from, to }: Ends, steps: number): number[] =>
  Array.from({ length: steps }, (_, i) => from + ((to - from) * i) / Math.max(1, steps - 1));

/** Each twice the one before, and the end last. */
function doubling({ from, to }: Ends): number[] {
  const values: number[] = [];
  for (let value = from; value < to; value *= 2) values.push(value);
  return [...values, to];
}

function written({ dimension, from, to }: Ends, value: number): unknown {
  if (dimension === null) return Math.round(value);
  const isPaged = dimension === "size" && [from, to].every((end) => end % PAGE_BYTES === 0);
  const unit = isPaged ? PAGE_BYTES : 1;
  return formatQuantity(Math.round(value / unit) * unit, dimension);
}
