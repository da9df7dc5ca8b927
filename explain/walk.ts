// Closed walks among parties that cannot move: each waits for something that only the next could give.

import type { Need, Party } from "./graph.ts";
import type { Reduction } from "./reduce.ts";

/** One party waits for another, because of a need. */
export interface Edge {
  readonly from: Party;
  readonly to: Party;
  readonly need: Need;
}

/** Who of the stuck holds or makes what another stuck one lacks. */
export function edgesOf({ stuck, lacks }: Reduction): readonly Edge[] {
  const sources = new Map<string, Party[]>();
  const add = (resource: string, party: Party): void => {
    const known = sources.get(resource);
    if (known === undefined) sources.set(resource, [party]);
    else known.push(party);
  };
  for (const party of stuck) {
    for (const { resource, units } of party.holds) if (units > 0) add(resource, party);
    for (const resource of party.gives) add(resource, party);
  }
  return stuck.flatMap((from) =>
    lacks(from).flatMap((need) =>
      (sources.get(need.resource) ?? []).map((to) => ({ from, to, need })),
    ),
  );
}

/** The shortest closed walk through these parties in their order; empty when there is none. */
export function closedWalk(edges: readonly Edge[], through: readonly Party[]): readonly Edge[] {
  const legs = through.map((from, i) => path(edges, from, through[i + 1] ?? through[0] ?? from));
  return legs.every((leg) => leg.length > 0) ? legs.flat() : [];
}

/** The shortest way from one party to another, at least one edge long; empty when there is none. */
function path(edges: readonly Edge[], start: Party, end: Party): readonly Edge[] {
  const reached = new Map<Party, Edge>();
  const queue: Party[] = [start];
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    for (const edge of edges) {
      if (edge.from !== at || reached.has(edge.to)) continue;
      reached.set(edge.to, edge);
      if (edge.to === end) return back(reached, start, edge);
      queue.push(edge.to);
    }
  }
  return [];
}

function back(reached: ReadonlyMap<Party, Edge>, start: Party, last: Edge): readonly Edge[] {
  const way = [last];
  for (let edge: Edge | undefined = last; edge !== undefined && edge.from !== start; ) {
    edge = reached.get(edge.from);
    if (edge !== undefined) way.unshift(edge);
  }
  return way;
}

/** Whether parties of these names wait for one another in this order, the last for the first. */
export function hasCycle(edges: readonly Edge[], names: readonly string[]): boolean {
  const [first] = names;
  const starts = new Set(edges.map(({ from }) => from).filter(({ name }) => name === first));
  return [...starts].some((start) => {
    let here = new Set([start]);
    for (const name of names.slice(1)) here = next(edges, here, name);
    return edges.some(({ from, to }) => to === start && here.has(from));
  });
}

function next(edges: readonly Edge[], here: ReadonlySet<Party>, name: string): Set<Party> {
  return new Set(
    edges.filter(({ from, to }) => here.has(from) && to.name === name).map(({ to }) => to),
  );
}
