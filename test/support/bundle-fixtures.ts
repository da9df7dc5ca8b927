// A run that is over in a second and has all that a bundle is made of: a flood, an outage, swap, three machines.

import { readFileSync } from "node:fs";
import { openScenario, type ResolvedScenario } from "#coordinator/scenario/index.ts";
import type { Machine } from "#kernel/index.ts";
import { Run, type RunState } from "#sim/index.ts";

export const OUTAGE_FILE = "test/fixtures/outage.yaml";
export const OUTAGE = readFileSync(OUTAGE_FILE, "utf8");
/** Of its first variant, seed 1: another one whenever the model does anything else, so it stands once. */
export const OUTAGE_DIGEST = "a540fd8dfaa7c1b9";
export const OUTAGE_BUNDLE = `runs/outage-vanilla-2007-1-${OUTAGE_DIGEST.slice(0, 8)}.unwedge`;
export const OUTAGE_VARIANTS = [
  "vanilla-2007",
  "swapnbd-v9",
  "mainline-6.1",
  "cut",
  "frozen",
] as const;

export function outageScenario(variant: string): ResolvedScenario {
  const opened = openScenario(OUTAGE, OUTAGE_FILE);
  if (!opened.ok) throw new Error("the fixture is valid");
  const resolved = opened.scenario.resolve({ variant, policy: null, settings: [] });
  if (!resolved.ok) throw new Error("the fixture has this variant");
  return resolved.scenario;
}

interface OutageSpec {
  readonly variant?: string;
  readonly seed?: number;
  readonly from?: RunState;
  readonly afterEach?: (machine: Machine) => void;
}

export const outageRun = ({ variant = "vanilla-2007", seed = 1, ...rest }: OutageSpec = {}): Run =>
  new Run({ scenario: outageScenario(variant), seed, ...rest });

/** A machine's trace changed in passing: event `n` is told with another `b`. */
export function perturb(machine: Machine, n: number): void {
  const { trace } = machine;
  const event = trace.event.bind(trace);
  trace.event = (name, atNs, a = 0, b = 0) => event(name, atNs, a, trace.count === n ? b + 1 : b);
}
