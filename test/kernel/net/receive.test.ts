import { describe, expect, test } from "vitest";
import { __GFP_MEMALLOC, GFP_NOIO } from "#kernel/mm/gfp.ts";
import type { Sock } from "#kernel/net/sock.ts";
import type { Far } from "./rig.ts";
import { joined, pattern, Rig, type RigSpec } from "./rig.ts";

/** A machine with one connection of its own to a swap server, and one from a flooder. */
function swapAndFlood(spec: RigSpec = {}): {
  rig: Rig;
  swap: Sock;
  swapFar: Far;
  flood: Sock;
  floodFar: Far;
} {
  const rig = new Rig({ pages: 20_000, ...spec, net: { ringSize: 32, ...spec.net } });
  const listener = rig.stack.listen(80);
  const swap = rig.stack.connect("C", 10_809);
  const floodFar = rig.dial(80, "B");
  rig.runMs(10);
  const flood = rig.stack.accept(listener);
  if (swap === null || flood === null) throw new Error("both connections are made");
  return { rig, swap, swapFar: rig.farOf(swap.wire.id), flood, floodFar };
}

/** No free page is left above the marks, and the ring's old buffers are used up. */
function squeeze(rig: Rig, floodFar: Far): void {
  rig.memory.floorPages = 1 << 20;
  for (let i = 0; i < 60; i++) {
    rig.write(floodFar, pattern(14_480));
    rig.runMs(20);
  }
  // What is left of the page that small packets are copied to goes too.
  rig.stack.udpBind(9);
  for (let i = 0; i < 8; i++) rig.stack.datagram("B", 5, 9, pattern(10));
  rig.runMs(20);
}

test("below the marks the reply for the swap socket is taken in while others are tossed", () => {
  const { rig, swap, swapFar, floodFar } = swapAndFlood();
  rig.stack.setMemalloc(swap, true);
  squeeze(rig, floodFar);
  const tossed = rig.stack.snmp.tcpExt.PFMemallocDrop;
  expect(tossed).toBeGreaterThan(0);
  rig.write(swapFar, pattern(4112));
  rig.runMs(500);
  expect(rig.stack.availableBytes(swap)).toBe(4112);
  expect(joined(rig.stack.recv(swap, 1e6))).toEqual(pattern(4112));
});

test.each([
  ["the socket is not marked", {}, false],
  ["the policy never opens the reserve", { receive: "plain-atomic" }, true],
  ["the driver never asks for it", { net: { driver: "e1000-like" } }, true],
] as const)("the reply is lost when %s", (_why, spec, marks) => {
  const { rig, swap, swapFar, floodFar } = swapAndFlood(spec);
  if (marks) rig.stack.setMemalloc(swap, true);
  squeeze(rig, floodFar);
  expect(rig.stack.snmp.tcpExt.PFMemallocDrop).toBe(0);
  rig.write(swapFar, pattern(4112));
  rig.runS(20);
  expect(rig.stack.availableBytes(swap)).toBeLessThan(4112);
});

test("a new connection's SYN-ACK is tossed while memory is in the reserve: its socket is not marked yet", () => {
  const { rig, swap, floodFar } = swapAndFlood();
  rig.stack.setMemalloc(swap, true);
  squeeze(rig, floodFar);
  // The helper's own memory is there; what comes back is judged by where it lies.
  rig.memory.floorPages = 0;
  const helper = rig.stack.connect("C", 10_809);
  rig.memory.floorPages = 1 << 20;
  rig.runMs(5);
  expect(helper !== null && rig.stack.isConnected(helper)).toBe(false);
  rig.memory.floorPages = 0;
  // Small packets are still copied to the rest of a reserve page for a few tries.
  rig.runS(16);
  expect(helper !== null && rig.stack.isConnected(helper)).toBe(true);
});

test("PF_MEMALLOC is set for a reserve packet only, and taken back", () => {
  const { rig, swap, floodFar } = swapAndFlood();
  rig.stack.setMemalloc(swap, true);
  squeeze(rig, floodFar);
  expect(rig.scheduler.current.processFlags).toBe(0);
});

describe("marking", () => {
  test("is counted, and undone by closing", () => {
    const { rig, swap } = swapAndFlood();
    rig.stack.setMemalloc(swap, true);
    rig.stack.setMemalloc(swap, true);
    expect(rig.stack.memallocSockets).toBe(1);
    rig.stack.close(swap);
    rig.runS(1);
    rig.hangUp(rig.farOf(swap.wire.id), null);
    rig.runS(2);
    // sk_clear_memalloc() was not called: the count stays, and cards may go on digging.
    expect(rig.stack.memallocSockets).toBe(1);
  });

  test("gives its sends the right to the reserve, until its owner sets another mask", () => {
    const { rig, swap } = swapAndFlood();
    rig.stack.setMemalloc(swap, true);
    expect(swap.allocation & __GFP_MEMALLOC).not.toBe(0);
    rig.stack.setAllocation(swap, GFP_NOIO);
    expect(swap.allocation).toBe(GFP_NOIO);
    expect(swap.memalloc).toBe(true);
  });
});

test("the floor holds: an unread flood stops there, and nothing leaks when it is read", () => {
  const rig = new Rig({ pages: 4000, net: { driver: "e1000-like", tcpMemPages: [1e6, 1e6, 1e6] } });
  rig.memory.floorPages = 1000;
  const listener = rig.stack.listen(80);
  const fars = Array.from({ length: 150 }, () => rig.dial(80));
  rig.runMs(50);
  for (let round = 0; round < 20; round++) {
    for (const far of fars) rig.write(far, pattern(20_000));
    rig.runMs(50);
  }
  // Order-3 blocks may stop a little above it, single pages go on to the last one.
  expect(rig.memory.freePages).toBe(1000);
  expect(rig.stack.cards.ring.filled).toBe(0);
  rig.runS(10);
  expect(rig.memory.freePages).toBe(1000);
  for (let sock = rig.stack.accept(listener); sock !== null; sock = rig.stack.accept(listener))
    while (rig.stack.recv(sock, 1e9).length > 0);
  rig.stack.shutDown();
  expect(rig.memory.freePages).toBe(4000);
  expect(rig.memory.objects).toBe(0);
  expect(rig.stack.liveSkbs).toBe(0);
});
