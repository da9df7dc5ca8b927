import { expect, test } from "vitest";
import { fromS } from "#base/units.ts";
import type { Machine } from "#kernel/index.ts";
import { Run } from "#sim/index.ts";
import { resolved } from "../../support/scenario-fixtures.ts";

// C stops for ten seconds; A may have been told to wait for ever, or not that long.

const text = (timeout: string): string => `
schema: unwedge/v1
id: timeout
title: "a swap server that is slow, not dead"
seed: 1
runs: 1
engine: { default: virtual, maxTime: 60 s }
nodes:
  A:
    role: machine
    policy: mainline-6.1
    memory: { ram: 48 MiB, kernel: 6 MiB }
    swap: [{ server: C, size: 64 MiB${timeout} }]
    run: { hog: { kind: anon, size: 46 MiB, pattern: linear, populate: write, access: read, touch: 20000/s } }
  C: { role: swap-server }
links: { "*<->*": { latency: 100 us, bandwidth: 1 Gbit/s } }
timeline:
  - { phase: on, at: 0 s }
  - { phase: stopped, id: stop, at: 2 s, fault: swap.stall, on: C, for: 10 s }
  - { id: back, after: stop.healed, do: mark }
checks:
  - { id: swapped, sometimes: "A.vmstat.pswpin > 0 pages" }
  - { id: lives, verdict: recovers, after: back }
`;

function stopped(timeout: string): { readonly run: Run; readonly machine: Machine } {
  const run = new Run({ scenario: resolved(text(timeout)), seed: 1 });
  while (run.world.nowNs < fromS(11)) run.step();
  return { run, machine: run.world.machine("A") };
}

test("without a timeout a stopped server is waited for, and the machine comes back", () => {
  const { run, machine } = stopped("");
  expect(machine.storage.swap?.device.isDead).toBe(false);
  expect(run.finish().result.verdict).toBe("recovers");
});

test("a timeout shorter than the stop kills the connection, the reader, and no written page", () => {
  const { machine } = stopped(", timeout: 5 s");
  const device = machine.storage.swap?.device;
  expect(device?.isDead).toBe(true);
  expect(device?.errors).toBeGreaterThan(0);
  expect(machine.workload.stats().map(({ killed }) => killed)).toEqual([1]);
  expect(machine.storage.swap?.queue.all().filter(({ state }) => state === "sent")).toEqual([]);
  expect(machine.memory.mismatches).toEqual([]);
});
