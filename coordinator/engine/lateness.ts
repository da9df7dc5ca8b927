// When a host was too slow for its machines: then what they did says nothing of them.

import type { Lateness } from "#wire/telemetry/sample.ts";

/** TCP_RTO_MIN (include/net/tcp.h): what comes later makes a peer send again, as if the network had lost it. */
export const LATE_BUDGET_NS = 200_000_000;

export function latenessReasons(
  lateness: ReadonlyMap<string, Lateness>,
  { lateBudgetNs }: { readonly lateBudgetNs: number },
): string[] {
  return [...lateness].flatMap(([host, { latestNs, overBudget }]) =>
    overBudget === 0
      ? []
      : [
          `${host} was ${ms(latestNs)} late, more than ${ms(lateBudgetNs)}, ${overBudget} times: its host is too slow for this run (try --slowdown)`,
        ],
  );
}

const ms = (ns: number): string => `${Math.round(ns / 1e6)} ms`;
