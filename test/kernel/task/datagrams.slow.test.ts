// A service of datagrams and its clients: what is answered, what is lost, and who notices.

import { describe, expect, test } from "vitest";
import { fromMs, fromS, MIB } from "#base/units.ts";
import type { ServiceTask, TrafficSpec } from "#kernel/index.ts";
import { answerTo, numberIn, requestOf } from "#kernel/task/datagram.ts";
import { anonTask, bootedWorld, faultsOf, statsOf } from "../../support/worlds.ts";

const service = (spec: Partial<ServiceTask> = {}): ServiceTask => ({
  kind: "service",
  name: "dns",
  port: 53,
  protocol: "udp",
  workingSetBytes: MIB,
  workers: 1,
  reads: true,
  isCritical: false,
  perRequest: { touchPages: 4, cpuNs: 20_000, responseBytes: 100 },
  startNs: 0,
  locked: false,
  ...spec,
});

const load = (spec: Partial<TrafficSpec> = {}): TrafficSpec => ({
  onStop: "reset",
  isCritical: false,
  id: "load",
  to: { machine: "A", service: "dns", port: 53 },
  protocol: "udp",
  connections: 3,
  payloadBytes: 64,
  load: { model: "open", pattern: "constant", ratePerSec: 1000, ramp: [] },
  startNs: fromMs(100),
  forNs: fromMs(1001),
  ...spec,
});

test("an answer carries the number of its request", () => {
  expect(numberIn(answerTo(requestOf(77, 64), 100))).toBe(77);
  expect(requestOf(77, 64)).toHaveLength(64);
  expect(answerTo(requestOf(77, 0), 0)).toHaveLength(4);
  expect(numberIn(new Uint8Array(2))).toBe(-1);
});

test("a service that keeps up answers every datagram", () => {
  const world = bootedWorld({ tasks: [service()], traffic: [load()] });
  world.runUntil(fromS(3));
  const [client] = world.machine("B").workload.clients;
  expect(client?.sent).toBe(1000);
  expect(client?.answered).toBe(1000);
  expect(client?.failed).toBe(0);
  expect(statsOf(world.machine("A"), "dns").requests).toBe(1000);
});

test("open load does not wait: what the service cannot take is lost, and nobody sends it again", () => {
  const slow = service({ perRequest: { touchPages: 0, cpuNs: fromMs(10), responseBytes: 4 } });
  const world = bootedWorld({ tasks: [slow], traffic: [load({ payloadBytes: 1400 })] });
  world.runUntil(fromS(1));
  const backlog = world.machine("A").workload.socketsOf("dns");
  expect(world.machine("A").sockets.availableBytes(backlog[0] ?? -1)).toBeGreaterThan(50_000);
  world.runUntil(fromS(10));
  const [client] = world.machine("B").workload.clients;
  expect(client?.sent).toBe(1000);
  expect(client?.answered).toBeLessThan(500);
  expect(world.machine("A").net.snmp.udp.RcvbufErrors).toBeGreaterThan(0);
});

test("closed load has one request under way for each flow", () => {
  const closed = load({ load: { model: "closed", thinkNs: fromMs(5) }, forNs: fromS(1) });
  const world = bootedWorld({ tasks: [service()], traffic: [closed] });
  world.runUntil(fromS(2));
  const [client] = world.machine("B").workload.clients;
  // A flow's turn is 5 ms and the way there and back.
  expect(client?.answered).toBeGreaterThan(400);
  expect(client?.answered).toBeLessThan(600);
});

test("closed load that gets no answer counts it as failed after a second, and tries again", () => {
  const closed = load({ load: { model: "closed", thinkNs: 0 }, connections: 1, forNs: fromS(10) });
  const world = bootedWorld({ tasks: [service({ startNs: fromS(5) })], traffic: [closed] });
  world.runUntil(fromMs(4900));
  const [client] = world.machine("B").workload.clients;
  expect([client?.sent, client?.answered, client?.failed]).toEqual([5, 0, 4]);
  world.runUntil(fromS(8));
  expect(client?.answered).toBeGreaterThan(1000);
});

describe("under pressure", () => {
  test("the service's pages go to swap, and its queue holds what waits for them", () => {
    const tasks = [service({ workingSetBytes: 4 * MIB }), anonTask(26 * MIB)];
    const long = load({ forNs: fromS(4) });
    const world = bootedWorld({ tasks, traffic: [long], swapBytes: 64 * MIB });
    world.runUntil(fromS(6));
    const machine = world.machine("A");
    expect(statsOf(machine, "dns").swapins).toBeGreaterThan(0);
    expect(statsOf(machine, "dns").requests).toBeGreaterThan(0);
    expect(machine.memory.mismatches).toEqual([]);
    expect(faultsOf(world)).toEqual([]);
  });
});
