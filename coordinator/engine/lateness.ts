// When a host was too slow for its machines, or for the run: then what the machines did says nothing of them.

import type { Lateness } from "#wire/telemetry/lateness.ts";

/** TCP_RTO_MIN (include/net/tcp.h): what comes later makes a peer send again, as if the network had lost it. */
export const LATE_BUDGET_NS = 200_000_000;

/** `run`: of looks at all machines, which do what the timeline wants. */
export function latenessReasons(
  machines: ReadonlyMap<string, Lateness>,
  { run, lateBudgetNs }: { readonly run: Lateness; readonly lateBudgetNs: number },
): string[] {
  const all = [...machines, ["the run's look at its machines", run] as const];
  return all.flatMap(([who, { latestNs, overBudget }]) =>
    overBudget === 0
      ? []
      : [
          `${who} was ${ms(latestNs)} late, more than ${ms(lateBudgetNs)}, ${overBudget} times: its host is too slow for this run (try --slowdown)`,
        ],
  );
}

const ms = (ns: number): string => `${Math.round(ns / 1e6)} ms`;
