// Swap in a file of a network file system: each writer has one page under way, takes what that takes, and waits.

import { expect, test } from "vitest";
import { fromMs } from "#base/units.ts";
import type { Machine } from "#kernel/index.ts";
import { Run } from "#sim/index.ts";
import { resolved } from "../../support/scenario-fixtures.ts";

/** Programs of the crowd. */
const CROWD = 6;
/** They, the one that fills memory first, and kswapd. */
const RECLAIMERS = CROWD + 2;
const PAGES_PER_WRITE = 2;

// The programs want memory while C stands still; each is in reclaim then, and kswapd with them.
const text = (swapFile: boolean): string => `
schema: unwedge/v1
id: swap-file
title: "programs that reclaim at once"
seed: 1
runs: 1
engine: { default: virtual, maxTime: 60 s }
nodes:
  A:
    role: machine
    policy: swapnbd-v9
    memory: { ram: 32 MiB, kernel: 6 MiB }
    block: { swapFile: ${swapFile}, pagesPerWrite: ${PAGES_PER_WRITE} }
    swap: [{ server: C, size: 64 MiB }]
    run:
      hold: { kind: anon, size: 24 MiB, pattern: linear, populate: write, access: read, touch: 16000/s, loops: 1 }
      crowd: { kind: anon, count: ${CROWD}, size: 6 MiB, pattern: linear, populate: write, access: read, loops: 1, start: 500 ms }
  C: { role: swap-server }
links: { "*<->*": { latency: 100 us, bandwidth: 1 Gbit/s } }
timeline:
  - { phase: on, at: 0 s }
  - { phase: stopped, id: stop, at: 500 ms, fault: swap.stall, on: C, for: 500 ms }
  - { id: back, after: stop.healed, do: mark }
checks:
  - { id: swapped, sometimes: "A.vmstat.pswpout > 0" }
  - { id: ends, verdict: completes, after: back, settle: 30 s }
`;

function stopped(swapFile: boolean): { readonly run: Run; readonly machine: Machine } {
  const run = new Run({ scenario: resolved(text(swapFile)), seed: 1 });
  while (run.world.nowNs < fromMs(900)) run.step();
  return { run, machine: run.world.machine("A") };
}

const waitingOn = ({ sched }: Machine, reason: string): number =>
  sched.tasks().filter(({ wait }) => wait?.on === reason).length;

const writesOf = (machine: Machine) =>
  machine.storage.swap?.queue.all().filter(({ op }) => op === "write") ?? [];

test("each reclaimer has one page under way and waits for it, without a bio", () => {
  const { run, machine } = stopped(true);
  const writes = writesOf(machine);
  expect(writes).toHaveLength(RECLAIMERS);
  expect(waitingOn(machine, "writeback")).toBe(writes.length);
  expect(machine.memory.writebackPages).toBe(writes.length);
  for (const { pfns, bios, stacked } of writes) {
    expect(pfns).toHaveLength(1);
    expect(bios).toEqual([]);
    expect(stacked).toHaveLength(PAGES_PER_WRITE);
  }
  expect(run.finish().result.verdict).toBe("completes");
});

test("negative control: on a device nobody waits for a write, and there are more of them", () => {
  const { machine } = stopped(false);
  expect(waitingOn(machine, "writeback")).toBe(0);
  expect(machine.memory.writebackPages).toBeGreaterThan(RECLAIMERS);
  for (const { pfns, bios } of writesOf(machine)) expect(bios).toHaveLength(pfns.length);
});

test("a page whose write was waited for is freed by who wrote it, not a turn of the list later", () => {
  const run = new Run({ scenario: resolved(text(true)), seed: 1 });
  const { memory } = run.world.machine("A");
  const { counts } = memory.parts.vmstat;
  while (counts.pswpout < 64) run.step();
  const cached = memory.swap.save().cached.filter((frame) => frame !== 0).length;
  expect(cached).toBeLessThanOrEqual(RECLAIMERS + counts.pswpin);
});
