import { expect, test } from "vitest";
import { fromS } from "#base/units.ts";
import { Run, type RunState } from "#sim/index.ts";
import { resolved } from "../../support/scenario-fixtures.ts";

// A's swap device is C's. C stops; a program of A's sees it and tells M, which has D take over and A go over to D. D has every
// page of C's, or none.

const text = (mirror: string): string => `
schema: unwedge/v1
id: failover
title: "a second swap server"
seed: 1
runs: 1
engine: { default: virtual, maxTime: 120 s }
nodes:
  A:
    role: machine
    policy: mainline-6.1
    memory: { ram: 48 MiB, kernel: 6 MiB }
    swap:
      - { server: C, size: 64 MiB, reconnect: { by: program, locked: true } }
      - { server: D, size: 64 MiB, standby: true }
    run:
      hog: { kind: anon, size: 46 MiB, pattern: linear, populate: write, access: write, touch: 20000/s }
      agent: { kind: agent, manager: M, slowAfter: 1 s }
  C: { role: swap-server${mirror} }
  D: { role: swap-server }
  M: { role: manager, failover: { nodes: [A], from: C, to: D } }
links: { "*<->*": { latency: 100 us, bandwidth: 1 Gbit/s } }
timeline:
  - { phase: on, at: 0 s }
  - { phase: gone, id: gone, at: 2 s, fault: swap.stall, on: C, for: 4 s }
  - { id: back, after: gone.healed, do: mark }
checks:
  - { id: swapped, sometimes: "A.vmstat.pswpin > 0 pages" }
  - { id: told, eventually: "M.failover.alarms == 1 and A.agent.confirmed == 1", within: 4 s, after: gone }
  - { id: obeyed, about: "enter, switch, leave, and D's take-over", eventually: "M.failover.orders == 4 and M.failover.confirmed == 4", within: 4 s, after: gone }
  - { id: switched, eventually: "M.failover.switched == 1 and A.swap.switches == 1", within: 4 s, after: gone }
  - { id: ends, verdict: recovers, after: back }
`;

const runOf = (mirror: string, from?: RunState): Run =>
  new Run({ scenario: resolved(text(mirror)), seed: 1, ...(from === undefined ? {} : { from }) });

/** Connections that D has with C. */
const mirrorsOf = ({ world }: Run): number =>
  world
    .machine("D")
    .net.socks()
    .filter(({ wire, state }) => wire.link.peer === "C" && state === "established").length;

const MIRRORED = ", mirror: D";

test("what C has answered is at D as well; told by A, M has it go over to D, and no page is lost", () => {
  const run = runOf(MIRRORED);
  run.runTo(fromS(2));
  const machine = run.world.machine("A");
  const server = run.world.machine("D").workload.swapServer;
  const askedBefore = server?.requests ?? 0;
  expect(mirrorsOf(run)).toBe(1);
  const { result } = run.finish();
  const device = machine.storage.swap?.device;
  expect(result.status).toBe("pass");
  expect([device?.target.server, device?.reconnects, device?.errors]).toEqual(["D", 1, 0]);
  expect(askedBefore).toBeGreaterThan(0);
  expect(server?.requests).toBeGreaterThan(askedBefore);
  // C is back, and whatever it still writes is not heard.
  expect(mirrorsOf(run)).toBe(0);
  expect(machine.workload.stats().map(({ killed }) => killed)).toEqual([0]);
  expect(machine.memory.mismatches).toEqual([]);
});

test("pages that only C had are lost aloud: an I/O error, and SIGBUS to whoever reads them", () => {
  const run = runOf("");
  run.finish();
  const machine = run.world.machine("A");
  const device = machine.storage.swap?.device;
  expect(device?.target.server).toBe("D");
  expect(device?.errors).toBeGreaterThan(0);
  expect(machine.workload.stats().map(({ killed }) => killed)).toEqual([1]);
  expect(machine.memory.mismatches).toEqual([]);
});

test("a state saved between the alarm and the switch goes on to the same digest", () => {
  const run = runOf(MIRRORED);
  run.runTo(fromS(3.0004));
  const state = run.save();
  expect(run.finish().digest).toBe(runOf(MIRRORED, state).finish().digest);
});
