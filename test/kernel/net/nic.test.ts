import { describe, expect, test } from "vitest";
import type { DriverName } from "#kernel/net/drivers.ts";
import { pattern, Rig, type RigSpec } from "./rig.ts";

/** A machine whose ring runs dry: all free pages lie below the marks, and somebody sends to a socket nobody reads. */
function driedUp(driver: DriverName, spec: RigSpec = {}): Rig {
  const rig = new Rig({ ...spec, net: { driver, ...spec.net } });
  rig.stack.udpBind(9);
  rig.memory.floorPages = 1 << 20;
  for (let i = 0; i < 3000; i++) {
    rig.stack.datagram("B", 5, 9, pattern(1400));
    rig.stack.datagram("C", 5, 9, pattern(1400));
  }
  rig.runMs(100);
  return rig;
}

const mayNotDig: readonly DriverName[] = ["e1000-like", "virtio-like"];

describe.each(mayNotDig)("%s", (driver) => {
  test("an empty ring misses every frame, whoever it was for", () => {
    const rig = driedUp(driver, { net: { ringSize: 32 } });
    const missed = rig.stack.snmp.dev.rx_missed_errors;
    expect(rig.stack.cards.ring.filled).toBe(0);
    expect(missed).toBeGreaterThan(0);
    rig.dial(80, "C");
    rig.stack.datagram("B", 5, 9, pattern(10));
    rig.runMs(10);
    expect(rig.stack.snmp.dev.rx_missed_errors).toBe(missed + 2);
    expect(rig.stack.drops.of("rx-missed")).toBe(missed + 2);
  });

  test("the ring fills again, by the driver's own timer, once there is memory", () => {
    const rig = driedUp(driver, { net: { ringSize: 32 } });
    rig.memory.floorPages = 0;
    rig.runMs(2100);
    expect(rig.stack.cards.ring.filled).toBeGreaterThan(0);
    const before = rig.stack.snmp.ip.InReceives;
    rig.stack.datagram("B", 5, 9, pattern(10));
    rig.runMs(10);
    expect(rig.stack.snmp.ip.InReceives).toBe(before + 1);
  });
});

test("e1000 looks at an empty ring every two seconds, virtio every half", () => {
  const retriesIn = (driver: DriverName): number => {
    const rig = driedUp(driver, { net: { ringSize: 32 } });
    const before = rig.stack.snmp.dev.alloc_rx_buff_failed;
    rig.runS(8);
    return rig.stack.snmp.dev.alloc_rx_buff_failed - before;
  };
  expect(retriesIn("e1000-like")).toBe(4);
  expect(retriesIn("virtio-like")).toBe(16);
});

test("8139cp keeps its buffer and drops the packet, so its ring never runs dry", () => {
  const rig = driedUp("8139cp-like");
  expect(rig.stack.cards.ring.filled).toBe(64);
  expect(rig.stack.snmp.dev.rx_missed_errors).toBe(0);
  expect(rig.stack.drops.of("rx-nomem")).toBeGreaterThan(0);
});

test("a poll takes 64 packets, a round 300, and what is left waits for the next round", () => {
  const rig = new Rig({
    net: { ringSize: 1024 },
    link: { latencyNs: 0, bandwidthBytesPerSec: 1e12 },
  });
  rig.stack.udpBind(9);
  for (let i = 0; i < 900; i++) rig.stack.datagram("B", 5, 9, pattern(10));
  const counts: number[] = [];
  let last = 0;
  while (last < 900 && rig.timers.nextAtNs < 1e9) {
    rig.timers.fire();
    const now = rig.stack.snmp.ip.InReceives;
    if (now > last) counts.push(now - last);
    last = now;
  }
  expect(Math.max(...counts)).toBeLessThanOrEqual(320);
  expect(counts.length).toBeGreaterThan(2);
});

test("a small frame is copied and its buffer stays in the ring", () => {
  const rig = new Rig({ net: { driver: "e1000-like" } });
  const sock = rig.stack.udpBind(9);
  const before = rig.stack.fragPages;
  for (let i = 0; i < 4; i++) rig.stack.datagram("B", 5, 9, pattern(100));
  rig.runMs(1);
  // Four quarters of one page; the big buffers were not touched.
  expect(sock?.queue.length).toBe(4);
  expect(rig.stack.fragPages - before).toBe(1);
});

test("one buffer held back keeps its whole block of eight pages", () => {
  const rig = new Rig({ net: { driver: "e1000-like" } });
  const sock = rig.stack.udpBind(9);
  for (let i = 0; i < 40; i++) rig.stack.datagram("B", 5, 9, pattern(1400));
  rig.runMs(5);
  const held = rig.stack.fragPages;
  // Read all but every seventeenth: the blocks stay.
  for (let i = 0; i < 16 && sock !== null; i++) rig.stack.udpRecv(sock);
  expect(held - rig.stack.fragPages).toBeLessThanOrEqual(8);
  expect(sock?.queue.length).toBe(24);
});

test("fragments come from single pages when the machine is fragmented", () => {
  const rig = new Rig({ net: { driver: "e1000-like" } });
  rig.memory.orderMax = 0;
  const sock = rig.stack.udpBind(9);
  for (let i = 0; i < 60; i++) rig.stack.datagram("B", 5, 9, pattern(1400));
  rig.runMs(5);
  expect(sock?.queue.length).toBe(60);
  expect(rig.stack.snmp.dev.alloc_rx_buff_failed).toBe(0);
});
