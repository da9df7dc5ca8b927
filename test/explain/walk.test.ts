import { describe, expect, test } from "vitest";
import { type Graph, need, type Party } from "#explain/graph.ts";
import { provesWedge, reduce } from "#explain/reduce.ts";
import { closedWalk, edgesOf, hasCycle } from "#explain/walk.ts";

const party = (id: string, spec: Partial<Party>): Party => ({
  id,
  name: id,
  machine: "A",
  text: id,
  sinceNs: null,
  wants: [],
  holds: [],
  gives: [],
  isUseful: false,
  ...spec,
});

/** The argument in small: a page is needed to hear what would free pages. */
const argument: Graph = {
  resources: [
    { id: "page", kind: "reusable", units: 1, what: "a free page" },
    { id: "answer", kind: "consumable", units: 0, what: "an answer" },
    { id: "reader", kind: "consumable", units: 0, what: "a thread that reads" },
  ],
  parties: [
    party("card", { wants: [[need("page", 2, "ATOMIC_FLOOR")]], gives: ["answer"] }),
    party("worker", { wants: [[need("answer")]], gives: ["reader"], isUseful: true }),
    party("packets", { wants: [[need("reader")]], holds: [{ resource: "page", units: 3 }] }),
    party("idler", { wants: [[need("answer")]] }),
  ],
};

const withPages = (units: number): Graph => ({
  ...argument,
  resources: argument.resources.map((each) => (each.id === "page" ? { ...each, units } : each)),
});

test("one page more and everything moves", () => {
  expect(provesWedge(reduce(argument))).toBe(true);
  expect(reduce(withPages(2)).stuck).toEqual([]);
});

test("what is lacking is told with the rule that refuses it", () => {
  const reduction = reduce(argument);
  const [card] = argument.parties;
  expect(card && reduction.lacks(card)).toEqual([need("page", 2, "ATOMIC_FLOOR")]);
});

describe("closed walks", () => {
  const edges = edgesOf(reduce(argument));
  const at = (name: string): Party =>
    argument.parties.find(({ id }) => id === name) ?? party(name, {});

  test("each waits for the next, the last for the first", () => {
    const walk = closedWalk(edges, [at("packets")]);
    expect(walk.map(({ from }) => from.name)).toEqual(["packets", "worker", "card"]);
    expect(walk.at(-1)?.to.name).toBe("packets");
  });

  test("through a party that nobody waits for there is none", () => {
    expect(closedWalk(edges, [at("idler")])).toEqual([]);
  });

  test("a cycle is found wherever it begins, and not in another order", () => {
    expect(hasCycle(edges, ["worker", "card", "packets"])).toBe(true);
    expect(hasCycle(edges, ["card", "packets", "worker"])).toBe(true);
    expect(hasCycle(edges, ["card", "worker", "packets"])).toBe(false);
    expect(hasCycle(edges, ["idler", "card", "packets"])).toBe(false);
  });

  test("in a graph that moves nobody waits in a circle", () => {
    expect(edgesOf(reduce(withPages(2)))).toEqual([]);
  });
});
