import { expect, test } from "vitest";
import { fromS, PAGE_BYTES } from "#base/units.ts";
import type { ResolvedScenario } from "#coordinator/scenario/index.ts";
import { PF_OOM_VICTIM } from "#kernel/sched/task.ts";
import { Run, type RunState } from "#sim/index.ts";
import { resolved } from "../../support/scenario-fixtures.ts";

// A is larger than its memory and swaps to D, which has room; D itself swaps to C when it is short.

interface Set {
  readonly serve?: string;
  readonly ram?: string;
  readonly fault?: string;
}

function scenario({ serve = "{}", ram = "48 MiB", fault = "" }: Set): ResolvedScenario {
  return resolved(`
schema: unwedge/v1
id: lender
title: "a machine that lends memory"
seed: 1
runs: 1
engine: { default: virtual, maxTime: 120 s }
nodes:
  A:
    role: machine
    policy: mainline-6.1
    memory: { ram: 24 MiB, kernel: 6 MiB, watermarkBoostFactor: 0 }
    swap: [{ server: D, size: 32 MiB }]
    run: { job: { kind: anon, size: 20 MiB, pattern: linear, populate: write, access: write, touch: 20000/s } }
  D:
    role: machine
    policy: mainline-6.1
    memory: { ram: ${ram}, kernel: 6 MiB, watermarkBoostFactor: 0 }
    serve: ${serve}
    swap: [{ server: C, size: 64 MiB }]
    run: { job: { kind: anon, size: 4 MiB, pattern: linear, populate: write, access: write, touch: 100/s } }
  C: { role: swap-server }
links: { "*<->*": { latency: 100 us, bandwidth: 1 Gbit/s } }
timeline:
  - { phase: on, at: 0 s }
  - { phase: gone, id: gone, at: 2 s${fault}, for: 1 s }
  - { id: back, after: gone.healed, do: mark }
checks:
  - { id: swapped, sometimes: "A.vmstat.pswpout > 0 pages" }
  - { id: lives, verdict: recovers, after: back }
`);
}

function runTo(atNs: number, of: ResolvedScenario, from?: RunState) {
  const run = new Run({ scenario: of, seed: 1, ...(from === undefined ? {} : { from }) });
  run.runTo(atNs);
  const [a, d] = [run.world.machine("A"), run.world.machine("D")];
  const space = d.memory.spaces.find(({ name }) => name === "nbd-server");
  if (space === undefined) throw new Error("D serves from memory");
  return { run, a, d, space };
}

const STALL = ", fault: swap.stall, on: D";

test("what others swap out lies in pages of the server's own", () => {
  const { a, d, space } = runTo(fromS(2), scenario({ fault: STALL }));
  const { pswpout, pswpin } = a.memory.parts.vmstat.counts;
  expect(pswpin).toBeGreaterThan(1000);
  expect(pswpout).toBeGreaterThan(1000);
  expect(space.residentPages).toBeGreaterThan(100);
  expect(space.residentPages).toBeLessThanOrEqual(pswpout);
  expect(d.memory.parts.vmstat.counts.pswpout).toBe(0);
  expect(a.memory.mismatches).toEqual([]);
});

test("on a machine that is short they go to its own swap, and come back", () => {
  const { a, d, space } = runTo(fromS(2), scenario({ ram: "16 MiB", fault: STALL }));
  expect(space.swappedPages).toBeGreaterThan(100);
  expect(d.memory.parts.vmstat.counts.pswpin).toBeGreaterThan(100);
  expect([a.memory.mismatches, d.memory.mismatches]).toEqual([[], []]);
});

test("locked, all of them are there from the start and stay", () => {
  const { space } = runTo(fromS(0.5), scenario({ serve: "{ locked: true }", fault: STALL }));
  expect(space.residentPages).toBe((32 * 1024 * 1024) / PAGE_BYTES);
  expect(space.swappedPages).toBe(0);
});

test("its sockets are marked where that is said, and only there", () => {
  const marks = (serve: string): readonly boolean[] => {
    const { d } = runTo(fromS(1), scenario({ serve, fault: STALL }));
    return d.net.socks().flatMap((sock) => (sock.listener >= 0 ? [sock.memalloc] : []));
  };
  expect(marks("{ critical: true }")).toEqual([true]);
  expect(marks("{}")).toEqual([false]);
});

test("a server that the OOM killer took answers nobody again, and its memory is free", () => {
  const { run, a, d, space } = runTo(fromS(1.9), scenario({ fault: STALL }));
  expect(space.residentPages).toBeGreaterThan(100);
  for (const task of d.sched.tasks()) if (task.spaceId === space.id) task.flags |= PF_OOM_VICTIM;
  run.runTo(fromS(3.5));
  expect(space.residentPages + space.swappedPages).toBe(0);
  expect(a.storage.swap?.device.isConnected).toBe(false);
});

test("loaded in the middle of its work it does what it would have done", () => {
  const of = scenario({ ram: "16 MiB", fault: STALL });
  const { run } = runTo(fromS(1), of);
  const rest = runTo(fromS(1.5), of, run.save());
  run.runTo(fromS(1.5));
  expect(rest.run.world.digest()).toBe(run.world.digest());
  expect(rest.d.workload.swapServer?.answered).toBe(
    run.world.machine("D").workload.swapServer?.answered,
  );
});

test("a machine that boots again has lost what it kept for others", () => {
  const { run, a } = runTo(fromS(1.9), scenario({ fault: ", fault: node.restart, on: D" }));
  const kept = (): number =>
    run.world.machine("D").workload.swapServer?.save().stores[0]?.stamps.length ?? -1;
  expect(kept()).toBeGreaterThan(100);
  run.runTo(fromS(4));
  expect(kept()).toBe(0);
  expect(a.storage.swap?.device.isConnected).toBe(false);
});
