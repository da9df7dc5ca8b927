// The reduction against all that could ever happen: 120,000 small random machines, each tried out in every order.

import { expect, test } from "vitest";
import { Random } from "#base/random.ts";
import type { Graph, Party } from "#explain/graph.ts";
import { provesWedge, type Reduction, reduce } from "#explain/reduce.ts";
import { canBeUseful, smallMachine } from "./small-machines.ts";

const MACHINES = 120_000;

interface Tally {
  wedged: number;
  /** A useful step was possible, and a wedge was proven. */
  wrong: number;
  /** None was possible, and nothing was proven. */
  missed: number;
}

function tally(machines: number, reducer: (graph: Graph) => Reduction): Tally {
  const random = new Random(2007);
  const counts: Tally = { wedged: 0, wrong: 0, missed: 0 };
  for (let i = 0; i < machines; i++) {
    const graph = smallMachine(random);
    if (!graph.parties.some(({ isUseful }) => isUseful)) continue;
    const lives = canBeUseful(graph);
    const isProven = provesWedge(reducer(graph));
    if (!lives) counts.wedged++;
    if (lives && isProven) counts.wrong++;
    if (!lives && !isProven) counts.missed++;
  }
  return counts;
}

test("a proof is never wrong, and no wedge goes without one", { timeout: 120_000 }, () => {
  const { wedged, wrong, missed } = tally(MACHINES, reduce);
  expect(wedged).toBeGreaterThan(MACHINES / 10);
  expect({ wrong, missed }).toEqual({ wrong: 0, missed: 0 });
});

// Each is the reducer with one thought left out; the test above would find it.
const faults: Readonly<Record<string, (graph: Graph) => Reduction>> = {
  "what is held is not given back": (graph) =>
    reduce({ ...graph, parties: graph.parties.map((party) => ({ ...party, holds: [] })) }),
  "messages are not made": (graph) =>
    reduce({ ...graph, parties: graph.parties.map((party) => ({ ...party, gives: [] })) }),
  "only the first alternative counts": (graph) =>
    reduce({
      ...graph,
      parties: graph.parties.map((party) => ({ ...party, wants: party.wants.slice(0, 1) })),
    }),
  "of several needs one is enough": (graph) =>
    reduce({
      ...graph,
      parties: graph.parties.map((party) => ({
        ...party,
        wants: party.wants.flatMap((needs) =>
          needs.length === 0 ? [[]] : needs.map((need) => [need]),
        ),
      })),
    }),
  "one pass is enough": (graph) => onePass(graph),
};

test.each(Object.keys(faults))("a reducer in which %s is found out", (name) => {
  const { wrong, missed } = tally(5_000, faults[name] ?? reduce);
  expect(wrong + missed).toBeGreaterThan(0);
});

function onePass(graph: Graph): Reduction {
  const isFree = ({ wants }: Party): boolean =>
    wants.some((needs) =>
      needs.every(
        ({ resource, units }) =>
          (graph.resources.find(({ id }) => id === resource)?.units ?? 0) >= units,
      ),
    );
  const moved = graph.parties.filter(isFree);
  return { moved, stuck: graph.parties.filter((party) => !isFree(party)), lacks: () => [] };
}

test("a graph in which nobody waits for anything useful proves nothing", () => {
  expect(provesWedge(reduce({ resources: [], parties: [] }))).toBe(false);
});
