// A machine on which nothing happens has not noticed how late it is; who looks at the cluster has.

import { expect, test } from "vitest";
import { Run } from "#sim/index.ts";
import { resolved } from "../support/scenario-fixtures.ts";

const text = `
schema: unwedge/v1
id: silence
title: "a small machine whose swap server stops, and nobody who asks anything of it"
seed: 1
runs: 1
engine: { default: virtual, maxTime: 20 s }
nodes:
  A:
    role: machine
    policy: swapnbd-v9
    memory: { ram: 16 MiB, kernel: 4 MiB, reserve: auto }
    net: { driver: e1000e-like, tcpMem: 3072 pages, ring: 64 }
    swap: [{ server: C, size: 32 MiB }]
    run: { hog: { kind: anon, size: 14 MiB, pattern: random, populate: write, access: write, touch: 1500/s } }
  C: { role: swap-server }
links: { "*<->*": { latency: 100 us, bandwidth: 1 Gbit/s } }
timeline:
  - { phase: on, at: 0 s }
  - { phase: outage, id: c-away, at: 2 s, fault: swap.stall, on: C, for: 3 s }
  - { id: healed, after: c-away.healed, do: mark }
checks:
  - { id: stands-still, sometimes: "A/hog.stall > 2 s and A.swap.oldest > 2 s", during: outage }
  - { id: comes-back, verdict: recovers, after: healed, settle: 20 s }
`;

test("what stands still is as old as the cluster is, not as the machine's last event", () => {
  const { result } = new Run({ scenario: resolved(text), seed: 1 }).finish();
  expect(result.checks.find(({ id }) => id === "stands-still")?.status).toBe("pass");
  expect(result.verdict).toBe("recovers");
});
