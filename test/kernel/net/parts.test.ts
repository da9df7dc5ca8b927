import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GFP_ATOMIC } from "#kernel/mm/gfp.ts";
import { ByteQueue } from "#kernel/net/byte-queue.ts";
import { Fifo } from "#kernel/net/fifo.ts";
import { LazyTimer } from "#kernel/net/lazy-timer.ts";
import { FragBlocks, FragCache } from "#kernel/net/page-frag.ts";
import { type Account, ProtoMemory } from "#kernel/net/proto-memory.ts";
import { kmallocClass, skbTruesize } from "#kernel/net/skb.ts";
import { Current } from "#kernel/sched/current.ts";
import { TIMER, Timers } from "#kernel/sched/timers.ts";
import vectors from "../../vectors/model-vectors.json" with { type: "json" };
import { CountedMemory } from "./counted-memory.ts";
import { joined, pattern } from "./rig.ts";

/** The same four operations on both, by name. */
type Ends = Pick<Fifo<number>, "push" | "unshift" | "shift" | "pop">;
const ops = {
  push: (queue: Ends, i: number): unknown => queue.push(i),
  unshift: (queue: Ends, i: number): unknown => queue.unshift(i),
  shift: (queue: Ends): unknown => queue.shift(),
  pop: (queue: Ends): unknown => queue.pop(),
};

test("a queue does what an array does, at both ends", async () => {
  const anyOp = fc.constantFrom(...Object.values(ops));
  const property = fc.property(fc.array(anyOp, { maxLength: 200 }), (list) => {
    const queue = new Fifo<number>();
    const array: number[] = [];
    const ends: Ends = {
      push: (i) => void array.push(i),
      unshift: (i) => void array.unshift(i),
      shift: () => array.shift(),
      pop: () => array.pop(),
    };
    list.forEach((op, i) => {
      expect(op(queue, i)).toBe(op(ends, i));
      expect([queue.length, queue.first, queue.last]).toEqual([
        array.length,
        array[0],
        array.at(-1),
      ]);
    });
    expect(queue.toArray()).toEqual(array);
  });
  await fc.assert(property, { seed: 1 });
});

describe("a queue of bytes", () => {
  test("gives the bytes that were put in, however both sides cut them", async () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 50 }));
    const property = fc.property(sizes, sizes, (ins, outs) => {
      const queue = new ByteQueue();
      for (const size of ins) queue.push(pattern(size, queue.endSeq));
      const got: Uint8Array[] = [];
      for (const size of outs)
        got.push(...queue.take(Math.min(size, queue.endSeq - queue.startSeq)));
      expect(joined(got)).toEqual(pattern(queue.startSeq));
    });
    await fc.assert(property, { seed: 1 });
  });

  test("forgets what follows a place, and no more", () => {
    const queue = new ByteQueue();
    queue.push(pattern(10));
    queue.push(pattern(10, 10));
    queue.take(3);
    queue.truncate(12);
    expect(queue.endSeq).toBe(12);
    expect(joined(queue.take(9))).toEqual(pattern(12).subarray(3));
  });
});

test("a timer that is pushed back a thousand times leaves one entry on the agenda and fires once", () => {
  const timers = new Timers();
  const firedAtNs: number[] = [];
  const timer = new LazyTimer(timers, { kind: TIMER.socketRto, a: 1 });
  timers.on(TIMER.socketRto, () => {
    if (timer.expire()) firedAtNs.push(timers.nowNs);
  });
  for (let i = 0; i < 1000; i++) timer.set(1000 + i);
  expect(timers.save().heap.events.length).toBe(1);
  while (timers.nextAtNs < 1e6) timers.fire();
  expect(firedAtNs).toEqual([1999]);
  timer.set(5000);
  timer.set(3000);
  timer.clear();
  timer.set(4000);
  while (timers.nextAtNs < 1e6) timers.fire();
  expect(firedAtNs).toEqual([1999, 4000]);
});

describe("page fragments", () => {
  const cacheOf = (
    maxOrder: number,
    sticks = false,
  ): { memory: CountedMemory; blocks: FragBlocks; cache: FragCache } => {
    const memory = new CountedMemory(100);
    const blocks = new FragBlocks(memory, memory);
    return {
      memory,
      blocks,
      cache: new FragCache(blocks, { maxOrder, kind: "page_frag", sticks }),
    };
  };

  test("a block of 32 KiB holds seventeen buffers of 1920 bytes and is freed with the last of them", () => {
    const { memory, blocks, cache } = cacheOf(3);
    const taken = Array.from({ length: 17 }, () => cache.alloc(1920, GFP_ATOMIC) ?? -1);
    expect(new Set(taken).size).toBe(1);
    expect(memory.freePages).toBe(92);
    expect(cache.alloc(1920, GFP_ATOMIC)).not.toBe(taken[0]);
    for (const block of taken) blocks.put(block);
    expect(memory.freePages).toBe(92);
    cache.drain();
  });

  test("an empty block is used again, unless it came from the reserve", () => {
    for (const [floor, sticks, isReused] of [
      [0, false, true],
      [1000, false, false],
      [1000, true, true],
    ] as const) {
      const { memory, blocks, cache } = cacheOf(0, sticks);
      memory.floorPages = floor;
      memory.current = { processFlags: 1 };
      const first = cache.alloc(2048, GFP_ATOMIC) ?? -1;
      const second = cache.alloc(2048, GFP_ATOMIC) ?? -1;
      expect(blocks.isPfmemalloc(first)).toBe(floor > 0);
      blocks.put(first);
      blocks.put(second);
      const pfn = memory.pagesTaken;
      cache.alloc(2048, GFP_ATOMIC);
      expect(memory.pagesTaken === pfn).toBe(isReused);
    }
  });
});

describe("the protocol's account", () => {
  const account = (): Account => ({
    rmemAllocBytes: 0,
    wmemQueuedBytes: 0,
    sndbufBytes: 87_040,
    forwardAllocBytes: 0,
  });
  const protoOf = (limitPages: readonly [number, number, number]): ProtoMemory =>
    new ProtoMemory(
      { limitPages, minBytes: 4096, hasPressure: true, perCpuReservePages: 0 },
      new Current(),
    );

  test("takes whole pages, and gives them back when a whole one is free", () => {
    const proto = protoOf([100, 100, 100]);
    const sock = account();
    expect(proto.scheduleReceive(sock, 5000)).toBe(true);
    expect(proto.chargedPages).toBe(2);
    sock.forwardAllocBytes -= 5000;
    proto.uncharge(sock, 5000);
    expect(proto.chargedPages).toBe(0);
  });

  test("under pressure serves a socket below its minimum, and one below its fair share", () => {
    const proto = protoOf([10, 12, 40]);
    proto.sockets = 4;
    const big = account();
    proto.force(big, 16 * 4096);
    big.rmemAllocBytes = 16 * 4096;
    expect(proto.scheduleReceive(big, 20 * 4096)).toBe(false);
    expect(proto.isUnderPressure).toBe(true);
    expect(proto.scheduleReceive(account(), 4096)).toBe(true);
    const fair = { ...account(), rmemAllocBytes: 2 * 4096 };
    expect(proto.scheduleReceive(fair, 4096)).toBe(true);
  });

  test("above the third mark refuses everybody who can be refused", () => {
    const proto = protoOf([2, 4, 8]);
    const holder = account();
    proto.force(holder, 8 * 4096);
    expect(proto.scheduleReceive(account(), 1)).toBe(false);
    const full = { ...account(), wmemQueuedBytes: 100_000 };
    expect(proto.scheduleSend(full, 4096)).toBe(true);
    expect(proto.scheduleSend(account(), 1)).toBe(false);
  });

  test("pressure ends below the first mark", () => {
    const proto = protoOf([4, 6, 20]);
    const sock = account();
    proto.force(sock, 10 * 4096);
    proto.scheduleReceive(account(), 1);
    expect(proto.isUnderPressure).toBe(true);
    proto.uncharge(sock, 0);
    expect(proto.isUnderPressure).toBe(false);
  });
});

test("sizes are those of the kernel", () => {
  const { skb_sizes: sizes } = vectors;
  expect(256 * skbTruesize(256)).toBe(sizes.rmem_default);
  for (const [head, truesize] of Object.entries(sizes.kmalloc_head_to_truesize)) {
    expect(kmallocClass(Number(head) - 100)).toBe(Number(head));
    expect(Number(head) + 256).toBe(truesize);
  }
});
