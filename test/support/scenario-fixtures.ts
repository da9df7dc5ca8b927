// A small sound scenario, and the few ways tests change it: each replaces one line, so that what matters to the test is in it.

import { expect } from "vitest";
import {
  type Diagnostic,
  diagnosticText,
  openScenario,
  type ResolvedScenario,
} from "#coordinator/scenario/index.ts";

export const SOUND = `schema: unwedge/v1
id: small
title: small
params: { flood: 100/s }
nodes:
  A:
    role: machine
    policy: vanilla-2007
    memory: { ram: 64 MiB, kernel: 6 MiB }
    swap: [{ server: C, size: 256 MiB }]
    run:
      hog: { kind: anon, size: 80 MiB, pattern: random }
      svc: { kind: service, port: 7000, workingSet: 8 MiB }
  B: { role: client }
  C: { role: swap-server }
links:
  "A<->C": { latency: 500 us }
traffic:
  - { id: flood, from: B, to: A/svc, load: { model: open, rate: "\${flood}" } }
timeline:
  - { phase: steady, at: 0 s }
  - { phase: outage, id: away, at: 2 s, fault: swap.unreachable, on: C, for: 8 s }
  - { phase: after, id: healed, after: away.healed, do: mark }
checks:
  - { id: real, sometimes: "A.mem.free <= A.mem.min", during: outage }
  - { id: back, verdict: recovers, after: healed, settle: 60 s }
`;

/** SOUND with one piece of text in place of another, which must be there once. */
export function changed(from: string, to: string): string {
  expect(SOUND.split(from)).toHaveLength(2);
  return SOUND.replace(from, () => to);
}

/** SOUND with lines added at its end: more checks, or more sections. */
export const extended = (lines: string): string => `${SOUND}${lines}`;

export function diagnosticsOf(text: string): readonly Diagnostic[] {
  const opened = openScenario(text, "small.yaml");
  return opened.ok ? [] : opened.diagnostics;
}

/** Every mistake as the command line prints it. */
export const textsOf = (text: string): string[] => diagnosticsOf(text).map(diagnosticText);

/** The first variant of a scenario that has no mistakes. */
export function resolved(text: string, variant: string | null = null): ResolvedScenario {
  expect(textsOf(text)).toEqual([]);
  const opened = openScenario(text, "small.yaml");
  const result = opened.ok ? opened.scenario.resolve({ variant }) : null;
  if (result?.ok !== true) throw new Error("a sound scenario can be resolved");
  return result.scenario;
}
