// net.packetReserve: what a sized reserve keeps for packets, as far as a scenario says it.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openScenario } from "#coordinator/scenario/index.ts";
import { World } from "#sim/index.ts";

const file = "scenarios/abc-fragments.yaml";

/** Bytes that packets may have of A's reserve. */
function limitWith(settings: readonly { path: string; value: unknown }[]): number | undefined {
  const opened = openScenario(readFileSync(file, "utf8"), file);
  const resolved = opened.ok ? opened.scenario.resolve({ settings }) : opened;
  if (!resolved.ok) throw new Error("the scenario has mistakes");
  const { cluster } = "scenario" in resolved ? resolved.scenario : { cluster: null };
  if (cluster === null) throw new Error("it was not resolved");
  const { reserve } = new World({ cluster, seed: 1 }).machine("A");
  return reserve?.nodes.find(({ name }) => name === "SKB data reserve")?.limit;
}

test("it is as large as it is said to be, else as what reassembly may hold", () => {
  const path = "nodes.A.net.packetReserve";
  expect(limitWith([{ path, value: "32 KiB" }])).toBe(32 * 1024);
  expect(limitWith([{ path, value: null }])).toBe(256 * 1024);
});
