import { describe, expect, test } from "vitest";
import type { DriverName } from "#kernel/net/drivers.ts";
import vectors from "../../vectors/model-vectors.json" with { type: "json" };
import { Rig } from "./rig.ts";

// How much an unread socket comes to hold, against real kernels. Their sender's TCP put small writes together as its ACK
// clock let it; its segments are read back from the plateau itself (payload ÷ buffers held), so what is tested is what a
// segment costs and where the socket stops, not how that sender cut its writes.

const { drivers } = vectors.tcp_unread_socket_plateau;
type Plateau = Pick<(typeof drivers)["e1000"]["100"], "inq" | "rmem_alloc">;
/** What one small segment pins: a full buffer less the struct that coalescing gives back, or a copied one. */
const rows: readonly (readonly [DriverName, Readonly<Record<string, Plateau>>, number, number])[] =
  [
    ["8139cp-like", drivers["8139cp"], 1920, 1920],
    ["e1000-like", drivers.e1000, 1920, 1024],
    ["e1000e-like", drivers.e1000e, 1920, 1024],
    ["virtio-like", drivers.virtio_net, 1536, 1536],
    ["vmxnet3-like", drivers.vmxnet3, 1920, 1920],
  ];

/** Payload and truesize of an unread socket whose peer sends segments of `segmentBytes` until it is stopped. */
function plateau(
  driver: DriverName,
  segmentBytes: number,
): { bytes: number; truesize: number; ssthresh: number } {
  // The measured sender had no timestamps and sent 1440 bytes a segment.
  const isFull = segmentBytes > 1440;
  const rig = new Rig({ net: { driver, mtu: 1492, perWriteSegments: !isFull }, pages: 130_000 });
  // A ring's first buffers are of another kind: use them up.
  const warmUp = rig.stack.udpBind(9);
  for (let i = 0; i < 1100; i++) {
    rig.stack.datagram("B", 5, 9, new Uint8Array(400));
    rig.runMs(1);
    if (warmUp !== null) rig.stack.udpRecv(warmUp);
  }
  const listener = rig.stack.listen(80);
  const far = rig.dial(80);
  rig.runMs(5);
  const sock = rig.stack.accept(listener);
  const count = Math.ceil(400_000 / segmentBytes);
  rig.write(far, ...Array.from({ length: count }, () => new Uint8Array(segmentBytes)));
  rig.runS(4);
  return {
    bytes: sock?.availableBytes ?? 0,
    truesize: sock?.rmemAllocBytes ?? 0,
    ssthresh: sock?.rcvSsthreshBytes ?? 0,
  };
}

const within = (ours: number, theirs: number, percent: number): boolean =>
  Math.abs(ours - theirs) * 100 <= theirs * percent;

describe.each(rows)("%s", (driver, table, fullCost, smallCost) => {
  test.each(["65536", "4096"])("writes of %s bytes: payload and truesize within 5 %", (chunk) => {
    const real = table[chunk];
    const ours = plateau(driver, Number(chunk));
    expect(within(ours.bytes, real?.inq ?? 0, 5)).toBe(true);
    expect(within(ours.truesize, real?.rmem_alloc ?? 0, 5)).toBe(true);
  });

  test.each(["1460", "500", "100"])(
    "writes of %s bytes: payload and truesize within 8 %",
    (chunk) => {
      const real = table[chunk] ?? { inq: 1, rmem_alloc: 1 };
      const cost = chunk === "100" ? smallCost : fullCost;
      const ours = plateau(driver, Math.round((real.inq * cost) / real.rmem_alloc));
      expect(within(ours.bytes, real.inq, 8)).toBe(true);
      expect(within(ours.truesize, real.rmem_alloc, 8)).toBe(true);
    },
  );
});

test("the window starts where a real kernel's does, and stays there unread", () => {
  const rig = new Rig();
  const listener = rig.stack.listen(80);
  rig.dial(80);
  rig.runMs(5);
  const sock = rig.stack.accept(listener);
  expect(sock?.rcvSsthreshBytes).toBe(64_076);
  expect(sock?.rcvWndBytes).toBe(64_240);
});

test("segments of 100 bytes pin more than eight times what they carry, full ones less than half as much again", () => {
  const small = plateau("e1000-like", 100);
  const full = plateau("e1000-like", 65_536);
  expect(small.truesize / small.bytes).toBeGreaterThan(8);
  expect(full.truesize / full.bytes).toBeLessThan(1.5);
});
