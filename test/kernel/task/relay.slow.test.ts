import { expect, test } from "vitest";
import { fromS, PAGE_BYTES } from "#base/units.ts";
import type { ResolvedScenario } from "#coordinator/scenario/index.ts";
import { Run, type RunState } from "#sim/index.ts";
import { resolved } from "../../support/scenario-fixtures.ts";

// A grows by a few pages at a time and its marks lie far apart, so that kswapd keeps up and nobody has to reclaim for himself:
// that much a relay carries. What becomes of it otherwise is among the rows of real kernels (oracle-abc).

const STEPS = 40;
const steps = Array.from(
  { length: STEPS },
  (_, i) =>
    `      s${i}: { kind: anon, start: ${300 + 20 * i} ms, size: 128 KiB, pattern: linear, populate: write, access: write, touch: 10/s }`,
);

const text = (swap: string, fault: string): string => `
schema: unwedge/v1
id: relay
title: "a relay that is given time"
seed: 1
runs: 1
engine: { default: virtual, maxTime: 120 s }
nodes:
  A:
    role: machine
    policy: mainline-6.1
    memory: { ram: 48 MiB, kernel: 6 MiB, watermarkBoostFactor: 0, watermarkScaleFactor: 1000 }
    swap: [{ server: C, size: 64 MiB, ${swap} }]
    run:
      base: { kind: anon, size: 30 MiB, pattern: linear, populate: write, access: write, touch: 100/s }
${steps.join("\n")}
  C: { role: swap-server }
links: { "*<->*": { latency: 100 us, bandwidth: 1 Gbit/s } }
timeline:
  - { phase: on, at: 0 s }
  - { phase: gone, id: gone, at: 2 s, fault: ${fault}, on: C, for: 2 s }
  - { id: back, after: gone.healed, do: mark }
checks:
  - { id: swapped, sometimes: "A.vmstat.pswpout > 0 pages" }
  - { id: lives, verdict: recovers, after: back }
`;

function scenario(swap: string, fault = "swap.stall"): ResolvedScenario {
  return resolved(text(swap, fault));
}

function runTo(atNs: number, of: ResolvedScenario, from?: RunState) {
  const run = new Run({ scenario: of, seed: 1, ...(from === undefined ? {} : { from }) });
  run.runTo(atNs);
  const machine = run.world.machine("A");
  const { swap } = machine.storage;
  const { relay } = machine.workload;
  if (swap === null || relay === null) throw new Error("A has swap and a relay");
  return { run, machine, relay, device: swap.device };
}

const LOCKED = "relay: { locked: true }";

test("with room to work in it carries every page there and back, to the byte", () => {
  const { machine, relay, device } = runTo(fromS(2), scenario(LOCKED));
  const { pswpout, pswpin } = machine.memory.parts.vmstat.counts;
  expect(pswpout).toBeGreaterThan(1000);
  expect(pswpin).toBeGreaterThan(10);
  expect(machine.memory.mismatches).toEqual([]);
  expect([relay.connections, device.losses]).toEqual([1, 0]);
  expect(relay.carriedBytes).toBeGreaterThan((pswpout + pswpin) * PAGE_BYTES);
});

test("a server that is gone ends both of its connections, and the next goes through it too", () => {
  const swap = `${LOCKED}, reconnect: { by: program, locked: true }`;
  const { run, machine, relay, device } = runTo(fromS(3), scenario(swap, "swap.crash"));
  expect([device.losses > 0, device.isConnected]).toEqual([true, false]);
  const { counts } = machine.memory.parts.vmstat;
  const before = counts.pswpin;
  run.runTo(fromS(7));
  expect(device.isConnected).toBe(true);
  expect(relay.connections).toBeGreaterThan(1);
  expect(counts.pswpin).toBeGreaterThan(before);
  expect(machine.memory.mismatches).toEqual([]);
});

test("loaded in the middle of its work it does what it would have done", () => {
  const of = scenario("relay: {}");
  const { run } = runTo(fromS(1), of);
  const rest = runTo(fromS(1.5), of, run.save());
  run.runTo(fromS(1.5));
  expect(rest.run.world.digest()).toBe(run.world.digest());
  expect(rest.relay.carriedBytes).toBeGreaterThan(1e6);
});
