// Small random machines, and all that could ever happen to them, tried out step by step without a thought.
//
// A machine has a few kinds of pages and tags, messages that may be lost and are offered again, and parties that each want
// something, take it, and some time later give back all they have. Who gets what first, and which message arrives when, is
// every order there is.

import type { Random } from "#base/random.ts";
import type { Graph, Hold, Need, Party, Resource } from "#explain/graph.ts";

const REUSABLE = ["page", "tag", "lock"] as const;
const CONSUMABLE = ["answer", "packet", "ack"] as const;

export function smallMachine(random: Random): Graph {
  const resources: Resource[] = [
    ...REUSABLE.map((id) => ({ id, kind: "reusable" as const, units: random.below(3), what: id })),
    // A message on hand has somebody behind it who offers it again.
    ...CONSUMABLE.map((id) => ({
      id,
      kind: "consumable" as const,
      units: random.below(4) === 0 ? 1 : 0,
      what: id,
    })),
  ];
  const parties = Array.from({ length: 2 + random.below(4) }, (_, i) => smallParty(random, i));
  return { resources, parties };
}

function smallParty(random: Random, i: number): Party {
  return {
    id: `p${i}`,
    name: `p${i}`,
    machine: "A",
    text: "",
    sinceNs: null,
    // No alternative at all: it never moves. An empty one: it moves when it likes.
    wants: Array.from({ length: pick(random, [0, 1, 1, 1, 2]) }, () => smallNeeds(random)),
    holds: some(random, REUSABLE).map(
      (resource): Hold => ({ resource, units: 1 + random.below(2) }),
    ),
    gives: some(random, CONSUMABLE),
    isUseful: random.below(3) === 0,
  };
}

const smallNeeds = (random: Random): readonly Need[] => [
  ...some(random, REUSABLE).map((resource) => ({ resource, units: 1 + random.below(3) })),
  ...some(random, CONSUMABLE).map((resource) => ({ resource, units: 1 })),
];

const pick = <T>(random: Random, items: readonly [T, ...T[]]): T =>
  items[random.below(items.length)] ?? items[0];

const some = <T>(random: Random, items: readonly T[]): readonly T[] =>
  items.filter(() => random.below(3) === 0);

/** What a party has done: nothing yet, taken what it wants (by which alternative), or given everything back. */
type Stage = number;
const WAITING = -1;
const DONE = -2;

/** Whether in any order of events a useful step is taken. */
export function canBeUseful({ resources, parties }: Graph): boolean {
  const seen = new Set<string>();
  const open: Stage[][] = [parties.map(() => WAITING)];
  for (let stages = open.pop(); stages !== undefined; stages = open.pop()) {
    const key = stages.join();
    if (seen.has(key)) continue;
    seen.add(key);
    if (parties.some(({ isUseful }, i) => isUseful && stages?.[i] === DONE)) return true;
    for (const i of parties.keys()) open.push(...movesOf({ resources, parties }, stages, i));
  }
  return false;
}

/** What party `i` can do next: take one of its alternatives, or be done and give back. */
function movesOf(graph: Graph, stages: readonly Stage[], i: number): Stage[][] {
  const stage = stages[i] ?? DONE;
  const to = (next: Stage): Stage[] => stages.map((each, at) => (at === i ? next : each));
  if (stage === DONE) return [];
  if (stage !== WAITING) return [to(DONE)];
  const wants = graph.parties[i]?.wants ?? [];
  return wants.flatMap((needs, alternative) =>
    needs.every((need) => isThere(graph, stages, need)) ? [to(alternative)] : [],
  );
}

/** Whether so many units are free just now: those that somebody has taken for its step are not. */
function isThere(graph: Graph, stages: readonly Stage[], { resource, units }: Need): boolean {
  const found = graph.resources.find(({ id }) => id === resource);
  const makers = graph.parties.filter(
    (party, i) => stages[i] === DONE && party.gives.includes(resource),
  );
  if (found?.kind === "consumable") return found.units > 0 || makers.length > 0;
  const given = graph.parties.map(({ holds, wants }, i) => {
    const stage = stages[i] ?? WAITING;
    if (stage === DONE) return unitsOf(holds, resource);
    return stage === WAITING ? 0 : -unitsOf(wants[stage] ?? [], resource);
  });
  return given.reduce((sum, each) => sum + each, found?.units ?? 0) >= units;
}

const unitsOf = (holds: readonly Hold[], resource: string): number =>
  holds.filter((hold) => hold.resource === resource).reduce((sum, { units }) => sum + units, 0);
