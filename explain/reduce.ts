// The reduction of a resource graph: let every party that can take its step take it and give back what it has, until
// nobody is left that can. Who remains can never move, whatever order things happen in.
//
// Each step only adds to what is free, so the order of the steps does not matter, and one pass in any order finds the
// same rest. What a party needs later on its way is not asked: it is taken to come through once it has moved at all. So
// the rest is stuck for certain; what was reduced may be stuck as well.

import type { Graph, Need, Party } from "./graph.ts";

export interface Reduction {
  /** Parties that can move, in an order in which they do. */
  readonly moved: readonly Party[];
  /** Parties that cannot, in the order of the graph. */
  readonly stuck: readonly Party[];
  /** Needs of a stuck party that nobody can meet. */
  lacks(party: Party): readonly Need[];
}

export function reduce({ resources, parties }: Graph): Reduction {
  const units = new Map(resources.map((resource) => [resource.id, resource.units]));
  const isMet = ({ resource, units: wanted }: Need): boolean =>
    (units.get(resource) ?? 0) >= wanted;
  const moved: Party[] = [];
  let left = parties;
  for (let before = -1; before !== left.length; ) {
    before = left.length;
    left = left.filter((party) => {
      if (!party.wants.some((needs) => needs.every(isMet))) return true;
      for (const { resource, units: held } of party.holds)
        units.set(resource, (units.get(resource) ?? 0) + held);
      for (const resource of party.gives) units.set(resource, Number.POSITIVE_INFINITY);
      moved.push(party);
      return false;
    });
  }
  const lacks = (party: Party): readonly Need[] =>
    party.wants.flatMap((needs) => needs.filter((each) => !isMet(each)));
  return { moved, stuck: left, lacks };
}

/** Whether the graph proves that no useful step can ever be taken again; a graph in which nobody waits proves nothing. */
export const provesWedge = ({ moved, stuck }: Pick<Reduction, "moved" | "stuck">): boolean =>
  stuck.some(({ isUseful }) => isUseful) && !moved.some(({ isUseful }) => isUseful);
