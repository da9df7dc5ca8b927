// One line of the table: what was measured, beside what, and whether that reaches the target.

import type { Summary } from "./statistics.ts";

export type Unit = "M/s" | "k/s" | "MiB/s" | "MiB" | "us" | "ms" | "s";

/** What has to be reached: a ratio to the peer, or a size, time or rate of our own, in the row's unit. */
export type Target =
  | { readonly type: "ratio at least"; readonly value: number }
  | { readonly type: "ratio at most"; readonly value: number }
  | { readonly type: "at most"; readonly value: number }
  | { readonly type: "at least"; readonly value: number }
  /** Nothing: the figure explains another. */
  | { readonly type: "shown" };

export interface MeasuredRow {
  readonly type: "measured";
  readonly name: string;
  readonly what: string;
  readonly unit: Unit;
  readonly ours: Summary;
  /** Null where there is nobody to compare with. */
  readonly peer: Peer | null;
  readonly target: Target;
}

export interface Peer {
  readonly name: string;
  readonly theirs: Summary;
  /** Ours over theirs, pair by pair. */
  readonly ratio: Summary;
}

export interface SkippedRow {
  readonly type: "skipped";
  readonly name: string;
  readonly what: string;
  readonly reason: string;
}

export type Row = MeasuredRow | SkippedRow;

/** Whether the median reaches the target; null when it could not be measured, or there is none. */
export function isMet(row: Row): boolean | null {
  if (row.type === "skipped") return null;
  const { target } = row;
  switch (target.type) {
    case "ratio at least":
      return row.peer === null ? null : row.peer.ratio.median >= target.value;
    case "ratio at most":
      return row.peer === null ? null : row.peer.ratio.median <= target.value;
    case "at most":
      return row.ours.median <= target.value;
    case "at least":
      return row.ours.median >= target.value;
    case "shown":
      return null;
  }
}
