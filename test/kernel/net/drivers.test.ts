import { describe, expect, test } from "vitest";
import { type DriverName, drivers } from "#kernel/net/drivers.ts";
import vectors from "../../vectors/model-vectors.json" with { type: "json" };
import { pattern, Rig, receiveMemory } from "./rig.ts";

// truesize of received datagrams as real kernels showed it, 23 sizes × 3 samples a driver, in the order they were sent.
const measured = vectors.udp_truesize_measured.drivers;
const tables: readonly (readonly [DriverName, Readonly<Record<string, readonly number[]>>])[] = [
  ["e1000e-like", measured.e1000e],
  ["e1000-like", measured.e1000],
  ["8139cp-like", measured["8139cp"]],
  ["vmxnet3-like", measured.vmxnet3],
  ["virtio-like", measured.virtio_net],
];

/** truesize of each datagram in turn. */
function samples(
  driver: DriverName,
  table: Readonly<Record<string, readonly number[]>>,
): Record<string, number[]> {
  const rig = new Rig({ net: { driver } });
  const sock = rig.stack.udpBind(9);
  const got: Record<string, number[]> = {};
  for (const [bytes, wanted] of Object.entries(table))
    got[bytes] = wanted.map(() => {
      rig.stack.datagram("B", 5, 9, pattern(Number(bytes)));
      rig.runMs(20);
      const truesize = sock?.rmemAllocBytes ?? 0;
      if (sock !== null) rig.stack.udpRecv(sock);
      return truesize;
    });
  return got;
}

test.each(tables.filter(([driver]) => driver !== "virtio-like"))(
  "%s: every datagram costs exactly what it cost on a real kernel",
  (driver, table) => {
    expect(samples(driver, table)).toEqual(table);
  },
);

test("virtio-like: every datagram costs what it cost, up to where the hole of a 32 KiB block falls", () => {
  const table = measured.virtio_net;
  const got = samples("virtio-like", table);
  for (const [bytes, wanted] of Object.entries(table))
    wanted.forEach((truesize, i) => {
      const ours = got[bytes]?.[i] ?? 0;
      expect([-512, 0, 512]).toContain(ours - truesize);
    });
});

describe.each(Object.entries(drivers))("%s", (name, driver) => {
  test("is registered under its own name and says what it does in a line", () => {
    expect(driver.name).toBe(name);
    expect(driver.summary.length).toBeLessThan(120);
  });

  test("fills its ring at boot and gives every page and object back when it goes down", () => {
    const rig = new Rig({ net: { driver: driver.name } });
    expect(rig.stack.cards.ring.filled).toBe(driver.ringSize - driver.unusedDescriptors);
    expect(rig.memory.freePages).toBeLessThan(60_000);
    rig.stack.shutDown();
    expect(rig.memory.freePages).toBe(60_000);
    expect(rig.memory.objects).toBe(0);
  });

  test("takes a buffer from the reserve exactly when its class may", () => {
    expect(takesBelowTheMarks(driver.name, 0)).toBe(driver.rxClass === "dev_alloc_page");
    const never = driver.rxClass === "napi_alloc_frag" || driver.rxClass === "page_frag_refill";
    expect(takesBelowTheMarks(driver.name, 1)).toBe(!never);
  });
});

/** Whether a poll gets a buffer when every free page lies below the marks. */
function takesBelowTheMarks(name: DriverName, memallocSockets: number): boolean {
  const { buffers, context, memory } = receiveMemory(name);
  // Single pages hold two buffers. The first also brings a slab page: a struct itself never comes from the reserve.
  memory.orderMax = 0;
  buffers.take("poll");
  context.memallocSockets = memallocSockets;
  memory.floorPages = memory.freePages;
  buffers.take("poll");
  return buffers.take("poll") !== null;
}

describe("without page fragments (2.6.12)", () => {
  test("a full frame lies in a kmalloc block, and its truesize does not count the shared info", () => {
    const rig = new Rig({ era: "2.6.12" });
    const sock = rig.stack.udpBind(9);
    rig.stack.datagram("B", 5, 9, pattern(1000));
    rig.runMs(1);
    // 1522 and 16 of headroom, in cache lines, and sizeof(struct sk_buff).
    expect(sock?.rmemAllocBytes).toBe(1600 + 256);
  });
});
