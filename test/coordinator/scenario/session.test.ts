// A run that was meddled with, saved as a scenario: a run of that is the same run.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  type HandOrder,
  openScenario,
  type ResolvedScenario,
  sessionYaml,
} from "#coordinator/scenario/index.ts";
import type { OpenFault } from "#faults/index.ts";
import { Run } from "#sim/index.ts";

const SEED = 5;
const MS = 1_000_000;

function resolved(text: string, variant: string | null = null): ResolvedScenario {
  const opened = openScenario(text, "outage.yaml");
  const found = opened.ok ? opened.scenario.resolve({ variant }) : opened;
  if (!found.ok || !("steps" in found.scenario)) throw new Error(JSON.stringify(found));
  return found.scenario;
}
const outage = readFileSync(new URL("../../fixtures/outage.yaml", import.meta.url), "utf8");

const stalled: OpenFault = {
  ...{ id: "f1", name: "swap.stall", args: {} },
  target: { kind: "host", host: "C" },
};
const late: OpenFault = {
  ...{ id: "f2", name: "link.latency", args: { extra: 2 * MS } },
  target: { kind: "link", from: "A", to: "C", both: true },
};
const stopped: OpenFault = {
  ...{ id: "f3", name: "load.stop", args: {} },
  target: { kind: "load", machine: null, name: "flood" },
};

/** By hand, what ORDERS tell. */
function meddled(scenario: ResolvedScenario): Run {
  const run = new Run({ scenario, seed: SEED });
  run.runTo(250 * MS);
  run.open(stalled);
  run.runTo(350 * MS);
  run.open(late);
  run.runTo(650 * MS);
  run.heal("f1");
  run.runTo(700 * MS);
  run.open(stopped);
  run.runTo(800 * MS);
  run.heal("f3");
  return run;
}

const ORDERS: readonly HandOrder[] = [
  {
    ...{ type: "open", fault: "f1", name: "swap.stall", target: "C", args: {} },
    atNs: 250 * MS,
  },
  // Open until all are healed.
  {
    ...{ type: "open", fault: "f2", name: "link.latency", target: "A<->C" },
    ...{ args: { extra: "2 ms" }, atNs: 350 * MS },
  },
  { type: "heal", fault: "f1", atNs: 650 * MS },
  {
    ...{ type: "open", fault: "f3", name: "load.stop", target: "flood", args: {} },
    atNs: 700 * MS,
  },
  { type: "heal", fault: "f3", atNs: 800 * MS },
];

test("a saved session is the same run to the last event, and expects the verdict it had", () => {
  const scenario = resolved(outage, "vanilla-2007");
  const played = meddled(scenario).finish();
  const untouched = new Run({ scenario, seed: SEED }).finish();
  expect(played.digest).not.toBe(untouched.digest);

  const { verdict } = played.result;
  const again = resolved(sessionYaml({ scenario, seed: SEED, orders: ORDERS, verdict }));
  expect(again.seed).toBe(SEED);
  const replayed = new Run({ scenario: again, seed: again.seed }).finish();
  expect(replayed.digest).toBe(played.digest);
  expect(replayed.result.verdict).toBe(verdict);
  expect(replayed.result.faults).toEqual(played.result.faults);
});

test("a wedge that was made by hand is what its scenario expects", () => {
  const scenario = resolved(outage);
  const kept = resolved(sessionYaml({ scenario, seed: 1, orders: [], verdict: "wedged" }));
  expect(kept.checks.find(({ kind }) => kind === "verdict")).toMatchObject({
    verdicts: ["wedged"],
  });
  // Nobody can expect that nothing is known.
  const open = resolved(sessionYaml({ scenario, seed: 1, orders: [], verdict: "inconclusive" }));
  expect(open.checks).toMatchObject(scenario.checks.map(({ id }) => ({ id })));
  expect(open.checks.find(({ kind }) => kind === "verdict")).toMatchObject({
    verdicts: ["recovers"],
  });
});

test("faults by hand are in the result, and healed with all others when the run is judged", () => {
  const { result } = meddled(resolved(outage)).finish();
  expect(result.faults.map(({ id }) => id)).toEqual(["f1", "f2", "f3", "away"]);
  const healed = new Map(result.faults.map(({ id, healedAtNs }) => [id, healedAtNs]));
  expect(healed.get("f2")).toBe(healed.get("away"));
});
