import { expect, test } from "vitest";
import { fromS } from "#base/units.ts";
import type { ResolvedScenario } from "#coordinator/scenario/index.ts";
import { Run, type RunState } from "#sim/index.ts";
import { resolved } from "../../support/scenario-fixtures.ts";

// C loses every connection once, and A may have been told who makes it again.

const text = (swap: string, fault: string, policy: string): string => `
schema: unwedge/v1
id: reconnect
title: "a connection that is lost"
seed: 1
runs: 1
engine: { default: virtual, maxTime: 120 s }
nodes:
  A:
    role: machine
    policy: ${policy}
    memory: { ram: 48 MiB, kernel: 6 MiB }
    swap: [{ server: C, size: 64 MiB${swap} }]
    run: { hog: { kind: anon, size: 46 MiB, pattern: linear, populate: write, access: write, touch: 20000/s } }
  C: { role: swap-server }
links: { "*<->*": { latency: 100 us, bandwidth: 1 Gbit/s } }
timeline:
  - { phase: on, at: 0 s }
  - { phase: gone, id: gone, at: 2 s, fault: ${fault}, on: C, for: 4 s }
  - { id: back, after: gone.healed, do: mark }
checks:
  - { id: swapped, sometimes: "A.vmstat.pswpin > 0 pages" }
  - { id: lives, verdict: recovers, after: back }
`;

function scenario(
  swap: string,
  { fault = "swap.crash", policy = "mainline-6.1" }: { fault?: string; policy?: string } = {},
): ResolvedScenario {
  return resolved(text(swap, fault, policy));
}

function runTo(atNs: number, of: ResolvedScenario, from?: RunState) {
  const run = new Run({ scenario: of, seed: 1, ...(from === undefined ? {} : { from }) });
  run.runTo(atNs);
  const machine = run.world.machine("A");
  const { swap } = machine.storage;
  if (swap === null) throw new Error("A has swap");
  return { run, machine, device: swap.device, queue: swap.queue };
}

const LOCKED = ", reconnect: { by: program, locked: true }";

test("a connection that nobody makes again is dead, and what was in flight has failed", () => {
  const { device, queue } = runTo(fromS(3), scenario(""));
  expect([device.isDead, device.losses]).toEqual([true, 0]);
  expect(device.errors).toBeGreaterThan(0);
  expect(queue.all().filter(({ state }) => state === "sent")).toEqual([]);
});

test.each([LOCKED, ", reconnect: { by: driver }"])(
  "what was in flight waits, and is sent again on the new connection, to the byte:%s",
  (swap) => {
    const { run, machine, device, queue } = runTo(fromS(5), scenario(swap));
    expect([device.isDead, device.isConnected, device.losses]).toEqual([false, false, 1]);
    const waiting = queue.all().filter(({ state }) => state === "queued").length;
    expect(waiting).toBeGreaterThan(0);
    expect(run.finish().result.verdict).toBe("recovers");
    expect([device.losses, device.reconnects, device.errors]).toEqual([1, 1, 0]);
    expect(machine.memory.mismatches).toEqual([]);
  },
);

test("where submitters send, they leave what they cannot send: who makes the connection may be one of them", () => {
  const { run, machine, device, queue } = runTo(
    fromS(5),
    scenario(LOCKED, { policy: "vanilla-2007" }),
  );
  expect([device.isConnected, device.losses]).toEqual([false, 1]);
  expect(queue.hasPending()).toBe(true);
  expect(machine.sched.tasks().filter(({ wait }) => wait?.on === "tx-lock")).toEqual([]);
  expect(run.finish().result.verdict).toBe("recovers");
  expect(device.errors).toBe(0);
});

test("a state saved while the connection is lost goes on to the same digest", () => {
  const of = scenario(LOCKED);
  const { run } = runTo(fromS(5), of);
  const again = runTo(fromS(5), of, run.save()).run;
  expect(again.finish().digest).toBe(run.finish().digest);
});

test("after dead_conn_timeout the wait is over: I/O errors, and whoever reads is killed", () => {
  const { device, machine } = runTo(
    fromS(5),
    scenario(", reconnect: { by: program, locked: true, deadConnTimeout: 2 s }"),
  );
  expect([device.isDead, device.losses]).toEqual([true, 1]);
  expect(device.errors).toBeGreaterThan(0);
  expect(machine.workload.stats().map(({ killed }) => killed)).toEqual([1]);
});

test("a wait that ended in time does not fail what is asked later", () => {
  const swap = ", reconnect: { by: program, locked: true, deadConnTimeout: 6 s }";
  const { run, device } = runTo(fromS(5), scenario(swap));
  expect(run.finish().result.verdict).toBe("recovers");
  expect([device.isDead, device.errors]).toEqual([false, 0]);
});

test("with a request timeout a server that is slow loses its connection, and no page", () => {
  const { run, device, machine } = runTo(
    fromS(4),
    scenario(`, timeout: 1 s${LOCKED}`, { fault: "swap.stall" }),
  );
  expect([device.isDead, device.losses]).toEqual([false, 1]);
  expect(run.finish().result.verdict).toBe("recovers");
  expect(device.reconnects).toBeGreaterThan(0);
  expect(machine.memory.mismatches).toEqual([]);
});
