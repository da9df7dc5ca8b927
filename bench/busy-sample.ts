// A sample as a busy machine has it: A of zijlstra-wedge after three seconds, which swaps and has 200 connections.

import { readFileSync } from "node:fs";
import { UnwedgeError } from "#base/error.ts";
import { fromMs } from "#base/units.ts";
import { openScenario } from "#coordinator/scenario/index.ts";
import { sampleOf } from "#kernel/index.ts";
import { Run } from "#sim/index.ts";
import type { MachineSample } from "#wire/telemetry/sample.ts";

export function busySample(): MachineSample {
  const path = "scenarios/zijlstra-wedge.yaml";
  const opened = openScenario(readFileSync(path, "utf8"), path);
  const result = opened.ok ? opened.scenario.resolve({ variant: "swapnbd-v9" }) : null;
  if (result?.ok !== true) throw new UnwedgeError("internal", `${path}: not sound`);
  const run = new Run({ scenario: result.scenario, seed: 1 });
  while (run.world.nowNs < fromMs(3000)) run.step();
  const machine = run.world.machines.find(({ spec }) => spec.name === "A");
  if (machine === undefined) throw new UnwedgeError("internal", `${path}: no A`);
  return sampleOf(machine);
}
