// Many nodes as one picture: how many in which state, what they have together, and the worst of each.

import type { FleetNode } from "./fleet.ts";

export interface FleetFold {
  readonly nodes: number;
  readonly byState: Readonly<Record<string, number>>;
  readonly byRole: Readonly<Record<string, number>>;
  /** Sums of pages and counts over all nodes that say them. */
  readonly sum: Readonly<Record<string, number>>;
  /** For each of these, who has it worst. */
  readonly worst: Readonly<Record<string, { readonly node: string; readonly value: number }>>;
}

/** What adds up over machines. */
const SUMMED = [
  "mem.total",
  "mem.free",
  "mem.used",
  "mem.skb",
  "swap.used",
  "swap.inflight",
  "oom_kills",
];
/** What is looked for the worst of, and whether that is the most or the least. */
const WORST = {
  "mem.free": "least",
  "swap.oldest": "most",
  throttled: "most",
  "psi.full": "most",
} as const satisfies Record<string, "most" | "least">;

export function foldFleet(nodes: readonly FleetNode[]): FleetFold {
  const byState: Record<string, number> = {};
  const byRole: Record<string, number> = {};
  for (const { state, role } of nodes) {
    byState[state] = (byState[state] ?? 0) + 1;
    byRole[role] = (byRole[role] ?? 0) + 1;
  }
  const alive = nodes.filter(({ state }) => state === "connected");
  return { nodes: nodes.length, byState, byRole, sum: sums(alive), worst: worsts(alive) };
}

function sums(nodes: readonly FleetNode[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const { values } of nodes)
    for (const name of SUMMED) {
      const value = values[name];
      if (value !== undefined) sum[name] = (sum[name] ?? 0) + value;
    }
  return sum;
}

/** Of those that have it equally bad the first by name, so that the picture does not flicker. */
function worsts(nodes: readonly FleetNode[]): Record<string, { node: string; value: number }> {
  const worst: Record<string, { node: string; value: number }> = {};
  for (const [metric, way] of Object.entries(WORST)) {
    const sign = way === "most" ? -1 : 1;
    const [first] = nodes
      .flatMap(({ name, values }) => {
        const value = values[metric];
        return value === undefined ? [] : [{ node: name, value }];
      })
      .sort((a, b) => sign * (a.value - b.value) || (a.node < b.node ? -1 : 1));
    if (first !== undefined) worst[metric] = first;
  }
  return worst;
}
