import { expect, test } from "vitest";
import { Run } from "#sim/index.ts";
import { resolved } from "../support/scenario-fixtures.ts";

const text = `
schema: unwedge/v1
id: integrity
title: "a small machine that swaps"
seed: 1
runs: 1
engine: { default: virtual, maxTime: 20 s }
nodes:
  A:
    role: machine
    policy: mainline-6.1
    memory: { ram: 32 MiB, kernel: 6 MiB }
    swap: [{ server: C, size: 64 MiB }]
    run: { hog: { kind: anon, size: 30 MiB, pattern: linear, populate: write, access: read } }
  C: { role: swap-server }
links: { "*<->*": { latency: 100 us, bandwidth: 1 Gbit/s } }
timeline:
  - { phase: on, at: 0 s }
  - { id: later, at: 10 s, do: mark }
checks:
  - { id: swapped, sometimes: "A.vmstat.pswpin > 0 pages" }
  - { id: lives, verdict: recovers, after: later }
`;

test("a page that comes back as another ends the run at once, and fails it", () => {
  const run = new Run({ scenario: resolved(text), seed: 1 });
  const { memory } = run.world.machine("A");
  while (memory.parts.vmstat.counts.pswpin === 0) run.step();
  // What the owner wrote last is no longer what C holds: as if C had come back with old data.
  const [space] = memory.spaces;
  for (let i = 0; i < (space?.pageCount ?? 0); i++)
    if (space !== undefined && space.slotOf(i) >= 0) space.versions[i] = 99;
  const { result, simNs } = run.finish();
  expect(simNs).toBeLessThan(10_000_000_000);
  expect(result.status).toBe("fail");
  expect(result.checks.find(({ id }) => id === "integrity")?.status).toBe("fail");
  expect(result.why[0]).toContain("not the page that was written");
  expect(memory.mismatches[0]?.expected.version).toBe(99);
});
