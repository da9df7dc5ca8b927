import { expect, test } from "vitest";
import { assert } from "#base/assert.ts";
import { __GFP_MEMALLOC, GFP_KERNEL } from "#kernel/mm/gfp.ts";
import type { Sock } from "#kernel/net/sock.ts";
import { joined, pattern, Rig, type RigSpec, same } from "./rig.ts";

const PORT = 10_809;

/** A connection of a machine with itself. */
function ownConnection(spec: RigSpec = {}) {
  const rig = new Rig(spec);
  const listener = rig.stack.listen(PORT);
  const near = rig.stack.connect("A", PORT);
  rig.runMs(1);
  const far = rig.stack.accept(listener);
  assert(near !== null && far !== null, "it is made");
  return { rig, near, far, listener };
}

/** Send what is taken; how much that was. */
function send(rig: Rig, sock: Sock, bytes: Uint8Array): number {
  const result = { takenBytes: 0, lack: null };
  rig.stack.send(sock, [bytes], result);
  return result.takenBytes;
}

test("a machine connects to itself, and nothing goes over its card", () => {
  const { rig, near, far } = ownConnection();
  expect([near.state, far.state]).toEqual(["established", "established"]);
  const bytes = pattern(40_000);
  expect(send(rig, near, bytes)).toBe(40_000);
  rig.runMs(1);
  expect(same(joined(rig.stack.recv(far, 100_000)), bytes)).toBe(true);
  send(rig, far, bytes.subarray(0, 5));
  rig.runMs(1);
  expect(joined(rig.stack.recv(near, 10))).toEqual(bytes.subarray(0, 5));
  expect(rig.effects).toEqual([]);
  expect(rig.stack.snmp.dev.rx_packets).toBe(0);
});

test("a connection to a port where nobody listens is refused", () => {
  const rig = new Rig();
  const sock = rig.stack.connect("A", 99);
  rig.runMs(1);
  expect(sock?.errno).toBe("ECONNREFUSED");
});

test("an skb is one for both ends: its memory is back when the reader has it and the writer knows", () => {
  const { rig, near, far, listener } = ownConnection();
  rig.runS(1);
  const { memory, stack } = rig;
  const before = memory.objects;
  for (let i = 0; i < 6; i++) send(rig, near, pattern(4096));
  rig.runS(1);
  expect(near.isAllAcked).toBe(true);
  // Acknowledged and not read: a struct and a head each, once.
  expect(memory.objects - before).toBe(2 * 6);
  expect(memory.pagesInUse).toBeGreaterThan(0);
  expect(far.availableBytes).toBe(6 * 4096);
  stack.recv(far, 100_000);
  expect(memory.objects).toBe(before);
  stack.closeListener(listener);
  stack.shutDown();
  expect([stack.liveSkbs, memory.objects, memory.pagesInUse]).toEqual([0, 0, 0]);
});

test("who does not read closes the window, and who reads again gets every byte as it was written", () => {
  const { rig, near, far } = ownConnection();
  const bytes = pattern(3_000_000);
  let at = 0;
  const feed = (): void => {
    for (let taken = 1; taken > 0 && at < bytes.length; at += taken)
      taken = send(rig, near, bytes.subarray(at, at + 4096));
  };
  for (let i = 0; i < 100; i++) {
    feed();
    rig.runMs(20);
  }
  expect(at).toBeLessThan(bytes.length);
  expect(near.sndNxt).toBeLessThan(at);
  const got: Uint8Array[] = [];
  for (
    let i = 0;
    i < 3000 && (at < bytes.length || !near.isAllAcked || far.availableBytes > 0);
    i++
  ) {
    got.push(...rig.stack.recv(far, 65_536));
    feed();
    rig.runMs(1);
  }
  expect(same(joined(got), bytes)).toBe(true);
});

test("what the writer takes from the reserve is tossed at a reader nobody has marked", () => {
  const { rig, near, far } = ownConnection();
  rig.stack.setMemalloc(near, true);
  rig.stack.setAllocation(near, GFP_KERNEL | __GFP_MEMALLOC);
  rig.memory.floorPages = rig.memory.freePages;
  expect(send(rig, near, pattern(4096))).toBe(4096);
  rig.runMs(1);
  expect([far.availableBytes, rig.stack.snmp.tcpExt.PFMemallocDrop]).toEqual([0, 1]);
});

test("a peer that is gone resets whoever goes on writing", () => {
  const { rig, near, far } = ownConnection();
  rig.stack.reset(far);
  rig.runMs(1);
  expect([near.state, near.errno]).toEqual(["closed", "ECONNRESET"]);
});

test("a machine that is loaded goes on from what lay in its backlog", () => {
  const { rig, near, far } = ownConnection();
  const bytes = pattern(10_000);
  send(rig, near, bytes);
  const copy = new Rig();
  copy.copyFrom(rig);
  copy.runMs(1);
  const twin = copy.stack.sockById(far.id);
  assert(twin !== null, "it has the socket");
  expect(same(joined(copy.stack.recv(twin, 100_000)), bytes)).toBe(true);
});
