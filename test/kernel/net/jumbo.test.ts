// Frames of 9000 bytes: one head of four pages, or single pages behind a small one.

import { describe, expect, test } from "vitest";
import { type DriverName, drivers } from "#kernel/net/drivers.ts";
import { joined, pattern, Rig, receiveMemory, same } from "./rig.ts";

const MTU = 9000;
const jumbos = Object.values(drivers).filter(({ jumbo }) => jumbo !== null);

describe.each(jumbos)("$name", ({ name, ringSize, unusedDescriptors }) => {
  test("fills its ring at boot and gives every page and object back when it goes down", () => {
    const rig = new Rig({ net: { driver: name, mtu: MTU } });
    expect(rig.stack.cards.ring.filled).toBe(ringSize - unusedDescriptors);
    stream(rig)(100_000);
    rig.stack.shutDown();
    expect(rig.memory.freePages).toBe(60_000);
    expect(rig.memory.objects).toBe(0);
  });

  test("carries a stream of large frames byte for byte", () => {
    const rig = new Rig({ net: { driver: name, mtu: MTU } });
    expect(stream(rig)(300_000)).toBe(true);
    // A segment carries 8948 bytes, a sixth of the frames that 1500 bytes would need.
    expect(rig.stack.snmp.dev.rx_packets).toBeLessThan(60);
  });

  test("saved and loaded, its ring gives back every page and object", () => {
    const rig = new Rig({ net: { driver: name, mtu: MTU } });
    stream(rig)(100_000);
    const again = new Rig({ net: { driver: name, mtu: MTU } });
    again.copyFrom(rig);
    again.stack.shutDown();
    expect(again.memory.freePages).toBe(60_000);
    expect(again.memory.objects).toBe(0);
  });
});

test("below the marks half pages may come from the reserve, and so may whole heads, but not e1000e's pages", () => {
  const took = (["e1000e-like", "ixgbe-like", "forcedeth-like"] as const).map((name) => {
    const { buffers, context, memory } = receiveMemory(name, MTU);
    buffers.take("poll");
    context.memallocSockets = 1;
    memory.floorPages = memory.freePages;
    return buffers.take("poll") !== null;
  });
  expect(took).toEqual([false, true, true]);
});

// A head of 16 KiB; one of 512 bytes, as the ring's first have it, and two pages; one of a quarter page, and four half pages.
test.each([
  ["forcedeth-like", 16_640],
  ["e1000e-like", 256 + 512 + 2 * 4096],
  ["ixgbe-like", 256 + 1024 + 4 * 2048],
] as const)("%s: a datagram of 8000 bytes costs what lies under it", (driver, truesizeBytes) => {
  expect(truesizeOf(driver, 8000)).toBe(truesizeBytes);
});

test.each([
  ["e1000e-like", 256 + 512],
  ["ixgbe-like", 256 + 1024],
] as const)("%s: a small frame takes no page", (driver, truesizeBytes) => {
  expect(truesizeOf(driver, 40)).toBe(truesizeBytes);
});

function truesizeOf(driver: DriverName, bytes: number): number {
  const rig = new Rig({ net: { driver, mtu: MTU } });
  const sock = rig.stack.udpBind(9);
  rig.stack.datagram("B", 5, 9, pattern(bytes));
  rig.runMs(20);
  return sock?.rmemAllocBytes ?? 0;
}

/** A stream that B sends and a program reads as it comes. */
function stream(rig: Rig): (bytes: number) => boolean {
  const listener = rig.stack.listen(80, 8);
  const far = rig.dial(80);
  rig.runMs(50);
  const sock = listener === null ? null : rig.stack.accept(listener);
  if (sock === null) return () => false;
  return (bytes) => {
    rig.write(far, pattern(bytes));
    const got: Uint8Array[] = [];
    for (let i = 0; i < 40; i++) {
      rig.runMs(5);
      got.push(...rig.stack.recv(sock, 1e6));
    }
    return same(joined(got), pattern(bytes));
  };
}
