import { expect, test } from "vitest";
import { lackOf } from "#coordinator/live/cluster-site.ts";
import { matchAgents } from "#coordinator/plane/matching.ts";
import { scenarioOf } from "../../support/sockets.ts";

const matched = (hosts: string[], agents: string[]) =>
  Object.fromEntries(matchAgents(hosts, agents));

test.each([
  ["the same name", ["A", "B"], ["B", "A"], { A: "A", B: "B" }],
  ["but for case", ["A", "B"], ["a", "b"], { A: "a", B: "b" }],
  ["the first of the numbered ones", ["B"], ["b-3", "b-10", "b-2"], { B: "b-2" }],
  [
    "as Compose calls them",
    ["A", "B"],
    ["unwedge-a-1", "unwedge-b-1"],
    { A: "unwedge-a-1", B: "unwedge-b-1" },
  ],
  ["a host of a numbered name", ["B", "B2"], ["b-1", "b-2"], { B: "b-1", B2: "b-2" }],
  ["the exact one before the numbered one", ["B"], ["b-1", "B"], { B: "B" }],
  ["nobody for who is not there", ["A", "C1"], ["a", "c-2"], { A: "a" }],
  ["nobody twice", ["a", "A"], ["A"], { A: "A" }],
])("%s", (_, hosts, agents, expected) => {
  expect(matched(hosts, agents)).toEqual(expected);
});

test("a cluster of which two nodes have one address cannot tell who calls", () => {
  const scenario = scenarioOf("test/fixtures/tiny.yaml", "fits");
  const at = (name: string, address: string) => ({ name, address });
  expect(lackOf(scenario, [at("A", "10.0.0.2"), at("C", "10.0.0.3")], [])).toBeNull();
  expect(lackOf(scenario, [at("A", "10.0.0.2"), at("C", "10.0.0.2")], [])?.sentence).toBe(
    "two nodes have the address 10.0.0.2",
  );
});

test("a host that somebody else plays needs no node", () => {
  const scenario = scenarioOf("test/fixtures/tiny.yaml", "fits");
  const agents = [{ name: "A", address: "10.0.0.2" }];
  expect(lackOf(scenario, agents, [])?.missing).toEqual(["C"]);
  expect(lackOf(scenario, agents, ["C"])).toBeNull();
});
