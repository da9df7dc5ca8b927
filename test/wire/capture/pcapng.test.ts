import { expect, test } from "vitest";
import {
  interfaceBlock,
  joinedBytes,
  namesBlock,
  packetBlock,
  sectionBlock,
  statisticsBlock,
} from "#wire/capture/pcapng.ts";
import { blocksOf, optionsFrom, packetsOf } from "../../support/pcapng.ts";

/** More ns than 32 bits hold. */
const LATE_NS = 5_000_000_123;
const packet = {
  ...({ card: 1, atNs: LATE_NS, direction: "inbound", wireBytes: 1_514 } as const),
  bytes: Uint8Array.of(1, 2, 3, 4, 5),
};
const file = joinedBytes([
  sectionBlock("unwedge", "a run"),
  interfaceBlock("A", 192),
  interfaceBlock("Ä", 192),
  namesBlock([[Uint8Array.of(10, 78, 0, 1), "A"]]),
  packetBlock({ ...packet, comments: ["dropped: rx-missed", "größer"] }),
  packetBlock({ ...packet, comments: [] }),
  statisticsBlock(0, LATE_NS, { received: 2 ** 33 + 1, dropped: 2 }),
]);

test("blocks follow each other, each with its length on both sides", () => {
  expect(blocksOf(file).map(({ type }) => type)).toEqual([0x0a0d0d0a, 1, 1, 4, 6, 6, 5]);
});

test("a packet comes back with its card, its instant, its length and its comments", () => {
  const [first, second] = packetsOf(file);
  expect(first).toMatchObject({ card: 1, atNs: LATE_NS, wireBytes: 1_514 });
  expect(first?.comments).toEqual(["dropped: rx-missed", "größer"]);
  expect(second?.comments).toEqual([]);
  const { frame } = first ?? { frame: new DataView(new ArrayBuffer(0)) };
  expect([...new Uint8Array(frame.buffer, frame.byteOffset, frame.byteLength)]).toEqual([
    1, 2, 3, 4, 5,
  ]);
});

test("a card says its name, Ethernet, and that its times are in ns", () => {
  const card = blocksOf(file)[2]?.body ?? new DataView(new ArrayBuffer(8));
  expect(card.getUint16(0, true)).toBe(1);
  const options = new Map(optionsFrom(card, 8));
  expect(new TextDecoder().decode(options.get(2))).toBe("Ä");
  expect([...(options.get(9) ?? [])]).toEqual([9]);
});

test("counts are written in 64 bits", () => {
  const { body } = blocksOf(file).at(-1) ?? { body: new DataView(new ArrayBuffer(12)) };
  const [received] =
    optionsFrom(body, 12)
      .find(([code]) => code === 4)
      ?.slice(1) ?? [];
  if (!(received instanceof Uint8Array)) throw new Error("no count");
  const view = new DataView(received.buffer, received.byteOffset, 8);
  expect(view.getBigUint64(0, true)).toBe(2n ** 33n + 1n);
});
