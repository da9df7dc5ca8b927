// A benchmark: a name, and a run that gives rows of the table.

import type { Row } from "./row.ts";
import type { Twins } from "./twins.ts";

export interface Plan {
  /** Pairs of runs, ours and the peer's by turns. */
  readonly pairs: number;
  /** Operations of a timed pass are divided by this. */
  readonly shorterBy: number;
  /** Null when there is no gcc. */
  readonly twins: Twins | null;
  /** What is being measured now, for whoever waits. */
  readonly tell: (what: string) => void;
}

export interface Benchmark {
  readonly name: string;
  readonly run: (plan: Plan) => readonly Row[] | Promise<readonly Row[]>;
}
