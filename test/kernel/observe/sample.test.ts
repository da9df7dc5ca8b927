import { expect, test } from "vitest";
import { METRICS } from "#coordinator/scenario/index.ts";
import {
  type Machine,
  machineMetric,
  presets,
  sampleOf,
  serverMetric,
  taskMetric,
  trafficMetric,
} from "#kernel/index.ts";
import { smallWorld } from "../../support/small-world.ts";

const world = smallWorld({ policy: presets["swapnbd-v9"] });
world.boot();
world.runUntil(400_000_000);

const namesOf = (of: string): string[] =>
  METRICS.filter((metric) => metric.of === of && metric.kind !== "distribution").map(
    ({ name }) => name,
  );

const readings = (machine: Machine, of: string, read: (metric: string) => number) =>
  Object.fromEntries(namesOf(of).map((name) => [`${machine.spec.name} ${name}`, read(name)]));

test("a sample says of every metric of a machine what the machine says, and leaves out what is 0", () => {
  for (const machine of world.machines) {
    const { values } = sampleOf(machine);
    expect(readings(machine, "machine", (name) => values[name] ?? 0)).toEqual(
      readings(machine, "machine", (name) => machineMetric(machine, name, null, machine.nowNs)),
    );
    expect(Object.values(values)).not.toContain(0);
  }
});

test("so it does of tasks and services", () => {
  const machine = world.machine("A");
  const { tasks } = sampleOf(machine);
  expect(tasks.map(({ name }) => name)).toEqual(["hog", "svc"]);
  for (const { name, values } of tasks)
    expect(readings(machine, "task", (metric) => values[metric] ?? 0)).toEqual(
      readings(machine, "task", (metric) => taskMetric(machine, name, metric, machine.nowNs)),
    );
  expect(tasks.every(({ values }) => (values["progress"] ?? 0) > 0)).toBe(true);
});

test("so it does of traffic, with the counts of its latency", () => {
  const machine = world.machine("B");
  const [flood] = sampleOf(machine).traffic;
  expect(readings(machine, "traffic", (name) => flood?.values[name] ?? 0)).toEqual(
    readings(machine, "traffic", (name) => trafficMetric(machine, "flood", name)),
  );
  const counted = (flood?.latency ?? []).reduce((sum, [, count]) => sum + count, 0);
  expect(counted).toBe(flood?.values["answered"]);
  expect(counted).toBeGreaterThan(0);
});

test("so it does of a swap server", () => {
  const machine = world.machine("C");
  const { swapServer } = sampleOf(machine);
  expect(swapServer).toMatchObject(
    Object.fromEntries(namesOf("swap-server").map((name) => [name, serverMetric(machine, name)])),
  );
  expect(swapServer?.answered).toBeGreaterThan(0);
});
