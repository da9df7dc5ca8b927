// When a host was too slow for its machines, or for the run: then what the machines did says nothing of them.

import type { Lateness } from "#wire/telemetry/lateness.ts";

/**
 * Of a round trip, and of the run's looks. TCP_RTO_MIN (include/net/tcp.h): what comes later makes a peer send again, as if the
 * network had lost it.
 */
export const LATE_BUDGET_NS = 200_000_000;

/** A round trip passes two machines, and either may be late. */
export const machineBudgetNs = (lateBudgetNs: number): number => lateBudgetNs / 2;

export interface Punctuality {
  readonly who: string;
  readonly late: Lateness;
  /** What `late` was counted against, in ns of the machines' time. */
  readonly budgetNs: number;
}

/** `run`: of looks at all machines, which do what the timeline wants. */
export function punctualityOf(
  machines: ReadonlyMap<string, Lateness>,
  { run, lateBudgetNs }: { readonly run: Lateness; readonly lateBudgetNs: number },
): Punctuality[] {
  const budgetNs = machineBudgetNs(lateBudgetNs);
  return [
    ...[...machines].map(([who, late]) => ({ who, late, budgetNs })),
    { who: "the run's look at its machines", late: run, budgetNs: lateBudgetNs },
  ];
}

export const latenessReasons = (all: readonly Punctuality[]): string[] =>
  all
    .filter(({ late }) => late.overBudget > 0)
    .map(
      ({ who, late, budgetNs }) =>
        `${who} was ${ms(late.latestNs)} late, more than ${ms(budgetNs)}, ${late.overBudget} times: its host is too slow for this run (try --slowdown)`,
    );

const ms = (ns: number): string => `${Math.round(ns / 1e6)} ms`;
