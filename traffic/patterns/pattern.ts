// An arrival pattern: how the gaps between requests spread around their mean.
//
// A pattern knows no rate and no clock. It answers in multiples of the mean gap, so one pattern serves every rate and a
// ramp bends all of them alike (arrivals.ts turns multiples into instants).

import type { Random } from "#base/random.ts";

export interface Pattern {
  readonly name: string;
  /** One line for menus and the generated reference. */
  readonly summary: string;
  /** Gap before arrival number `index` (from 0), as a multiple of the mean gap; ≥ 0, and 1 on average. */
  gap(random: Random, index: number): number;
}
