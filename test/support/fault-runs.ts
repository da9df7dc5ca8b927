// One fault in one small run: the smallest cluster on which each of them can be seen, in a few lines of scenario.

import { openScenario, type RunResult } from "#coordinator/scenario/index.ts";
import type { RunState } from "#sim/run.ts";
import { Run } from "#sim/run.ts";

export interface FaultRunSpec {
  /** The step that opens the fault, without its instant: `fault: link.cut, on: "A->C"`. It heals after 300 ms. */
  readonly step: string;
  /** More of A's programs, as YAML. */
  readonly tasks?: string;
  /** Loads besides the one that B puts on A. */
  readonly traffic?: string;
  /** How long after healing the load goes on. */
  readonly calm?: string;
  readonly seed?: number;
  /** Where such a run was saved. */
  readonly from?: RunState;
}

const scenarioText = ({
  step,
  tasks = "",
  traffic = "",
  calm = "300 ms",
}: FaultRunSpec): string => `
schema: unwedge/v1
id: one-fault
title: "One fault"
engine: { default: virtual, maxTime: 20 s }
nodes:
  A:
    role: machine
    policy: mainline-6.1
    memory: { ram: 16 MiB, kernel: 4 MiB, oomKiller: false }
    swap: [{ server: C, size: 32 MiB }]
    run:
      hog: { kind: anon, size: 12 MiB, pattern: linear, populate: write, access: write, touch: 3000/s }
      svc: { kind: service, port: 7000, workingSet: 1 MiB, workers: 2 }
${tasks}
  B: { role: client }
  C: { role: swap-server }
traffic:
  - { id: flood, from: B, to: A/svc, connections: 4, payload: 1 KiB, start: 50 ms, load: { model: open, rate: 200/s } }
${traffic}
timeline:
  - { phase: calm, at: 0 s }
  - { id: struck, at: 700 ms, ${step}, for: 300 ms }
  - { id: over, after: struck.healed, delay: ${calm}, do: mark }
checks:
  - { id: alive, sometimes: "A/svc.requests > 0" }
  - { id: ends, verdict: recovers, after: over, settle: 8 s }
`;

/** The run, at its beginning. */
export function faultRun(spec: FaultRunSpec): Run {
  const opened = openScenario(scenarioText(spec), "one-fault.yaml");
  if (!opened.ok) throw new Error(opened.diagnostics.map(({ message }) => message).join("\n"));
  const resolved = opened.scenario.resolve({ variant: null });
  if (!resolved.ok) throw new Error(resolved.diagnostics.map(({ message }) => message).join("\n"));
  const from = spec.from === undefined ? {} : { from: spec.from };
  return new Run({ scenario: resolved.scenario, seed: spec.seed ?? 1, ...from });
}

/** What became of it. */
export const faultResult = (spec: FaultRunSpec): RunResult => faultRun(spec).finish().result;
