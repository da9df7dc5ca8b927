// Many runs of one variant in one line: how often each verdict, and how sure that is.

import { highatomicText } from "./account.ts";
import type { RunReport } from "./run-report.ts";
import { statusOf, verdictOf } from "./run-report.ts";

export interface Tally {
  readonly variant: string | null;
  readonly runs: number;
  readonly passed: number;
  /** The most frequent first. */
  readonly verdicts: readonly VerdictCount[];
}

export interface VerdictCount {
  readonly verdict: string;
  readonly count: number;
  /** 95 % interval of its share, from 0 to 1. */
  readonly interval: Interval;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** One tally a variant, in the order of the runs. */
export function tallies(reports: readonly RunReport[]): Tally[] {
  const variants = [...new Set(reports.map(({ variant }) => variant))];
  return variants.map((variant) => {
    const runs = reports.filter((report) => report.variant === variant);
    const counts = new Map<string, number>();
    for (const run of runs) counts.set(verdictOf(run), (counts.get(verdictOf(run)) ?? 0) + 1);
    return {
      variant,
      runs: runs.length,
      passed: runs.filter((run) => statusOf(run) === "pass").length,
      verdicts: [...counts]
        .map(([verdict, count]) => ({ verdict, count, interval: wilson(count, runs.length) }))
        .sort((a, b) => b.count - a.count),
    };
  });
}

/** The normal distribution's 97.5 % point. */
const Z = 1.959_964;

/** Wilson's score interval: sensible also when all runs agree. E. B. Wilson, JASA 22 (1927). */
export function wilson(count: number, of: number): Interval {
  if (of === 0) return { low: 0, high: 1 };
  const share = count / of;
  const z2 = (Z * Z) / of;
  const centre = (share + z2 / 2) / (1 + z2);
  const half = (Z * Math.sqrt((share * (1 - share)) / of + z2 / (4 * of))) / (1 + z2);
  // At the ends the interval touches 0 or 1; rounding must not leave a gap.
  return {
    low: count === 0 ? 0 : Math.max(0, centre - half),
    high: count === of ? 1 : Math.min(1, centre + half),
  };
}

/** `vanilla-2007  wedged 20/20 (84–100 %)  20 as expected`. */
export function tallyText({ variant, runs, passed, verdicts }: Tally): string[] {
  const counts = verdicts.map(
    ({ verdict, count, interval }) => `${verdict} ${count}/${runs} (${percent(interval)})`,
  );
  return [variant ?? "-", counts.join(", "), `${passed}/${runs} as expected`];
}

function percent({ low, high }: Interval): string {
  const text = (share: number): string => String(Math.round(share * 100));
  return `${text(low)}–${text(high)} %`;
}

/** For each wedge of a kernel that has HIGHATOMIC blocks: whether its free pages are in them. */
export function highatomicLines(reports: readonly RunReport[]): string[] {
  return reports
    .filter((report) => verdictOf(report) === "wedged")
    .flatMap(({ variant, seed, machines }) =>
      machines
        .filter(({ picture }) => picture.pages.highatomic !== null)
        .map(
          ({ picture: { name, pages } }) =>
            `${variant ?? "-"} ${seed}: ${name} wedged with ${pages.free} free pages${highatomicText(pages)}`,
        ),
    );
}
