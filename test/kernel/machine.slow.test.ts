// A machine is a value: saved with its network, its disks and its programs, it goes on elsewhere in the same way.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromMs, MIB } from "#base/units.ts";
import type { ServiceTask, TaskSpec, TrafficSpec } from "#kernel/index.ts";
import { presets } from "#kernel/policy/presets/index.ts";
import type { World } from "#sim/world.ts";
import { anonTask, fileTask, type WorldSpec, worldOf } from "../support/worlds.ts";

const END_NS = fromMs(150);

const service = (protocol: "http" | "udp", port: number): ServiceTask => ({
  kind: "service",
  name: protocol,
  port,
  protocol,
  workingSetBytes: MIB,
  workers: 2,
  reads: true,
  isCritical: false,
  perRequest: { touchPages: 8, cpuNs: 20_000, responseBytes: 500 },
  startNs: 0,
  locked: false,
});

const traffic = (protocol: "http" | "udp", port: number): TrafficSpec => ({
  id: protocol,
  to: { machine: "A", service: protocol, port },
  protocol,
  connections: 4,
  payloadBytes: 800,
  load: { model: "open", pattern: "poisson", ratePerSec: 2000, ramp: [] },
  startNs: fromMs(20),
  forNs: null,
  onStop: "reset",
  isCritical: false,
});

const tasks: readonly TaskSpec[] = [
  anonTask(14 * MIB, { pattern: "random" }),
  fileTask("file-writer", 12 * MIB, { name: "far", server: "C", loops: null }),
  fileTask("file-reader", 12 * MIB, { name: "near", loops: null, pattern: "random" }),
  {
    kind: "mpi",
    name: "mpi",
    ranks: 2,
    sizeBytes: 4 * MIB,
    perStep: { touchPages: 50, cpuNs: 100_000 },
    steps: null,
    startNs: 0,
    locked: false,
  },
  service("http", 80),
  service("udp", 53),
];

const endOf = (world: World): readonly unknown[] => {
  world.runUntil(END_NS);
  return [world.digest(), world.eventCount, ...world.machines.map((m) => m.workload.save().stats)];
};

describe.each(Object.values(presets))("$name", (policy) => {
  const spec = (seed: number): WorldSpec => ({
    policy,
    cpus: 2,
    seed,
    tasks,
    traffic: [traffic("http", 80), traffic("udp", 53)],
    swapBytes: 64 * MIB,
    memory: { cleanFilePages: 1000 },
  });

  test("saved at a random instant and loaded, a cluster goes on with an equal digest", () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.integer({ min: 0, max: END_NS }),
      (seed, atNs) => {
        const world = worldOf(spec(seed));
        world.boot();
        world.runUntil(atNs);
        const state = world.save();
        const copy = worldOf(spec(seed));
        copy.load(structuredClone(state));
        expect(endOf(copy)).toEqual(endOf(world));
      },
    );
    fc.assert(property, { seed: 1, numRuns: 2 });
  });
});

describe("a frozen machine", () => {
  const spec: WorldSpec = {
    policy: presets["swapnbd-v9"],
    tasks,
    traffic: [traffic("http", 80)],
    seed: 7,
  };
  const requestsOf = (world: World): number =>
    world
      .machine("A")
      .workload.stats()
      .reduce((sum, { requests }) => sum + requests, 0);

  test.each(["A", "C"])(
    "%s, in the middle of its work, goes on with what came meanwhile",
    (host) => {
      const world = worldOf(spec);
      world.boot();
      world.runUntil(fromMs(60));
      world.tell(host, { type: "pause", paused: true });
      world.runUntil(fromMs(90));
      const [before, held] = [requestsOf(world), world.machine(host).heldCount];
      world.tell(host, { type: "pause", paused: false });
      world.runUntil(END_NS);
      expect(held).toBeGreaterThan(0);
      expect(requestsOf(world)).toBeGreaterThan(before);
    },
  );
});
