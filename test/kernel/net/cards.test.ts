import { expect, test } from "vitest";
import { pattern, Rig } from "./rig.ts";

// All free pages lie below the marks, and B sends to a socket that nobody reads.

const driver = "e1000-like";

function driedUp(peers: readonly string[]): Rig {
  const rig = new Rig({
    net: { driver, ringSize: 32, moreCards: [{ driver, ringSize: 16, peers }] },
  });
  rig.stack.udpBind(9);
  rig.memory.floorPages = 1 << 20;
  for (let i = 0; i < 3000; i++) rig.stack.datagram("B", 5, 9, pattern(1400));
  rig.runMs(100);
  return rig;
}

test("what comes by one card leaves the ring of the other alone, and a frame that comes by that is kept", () => {
  const rig = driedUp(["C"]);
  expect(rig.stack.cards.rings.map(({ filled, size }) => [filled > 0, size])).toEqual([
    [false, 32],
    [true, 16],
  ]);
  const { dev, ip } = rig.stack.snmp;
  const [missed, received] = [dev.rx_missed_errors, ip.InReceives];
  rig.stack.datagram("C", 5, 9, pattern(10));
  rig.runMs(10);
  // Without memory for its sk_buff it waits in its buffer, and is not lost.
  expect([dev.rx_missed_errors, rig.stack.cards.rings[1]?.waiting]).toEqual([missed, 1]);
  rig.memory.floorPages = 0;
  rig.runMs(2100);
  expect(ip.InReceives).toBeGreaterThan(received);
});

test("each card is tried again by its own timer, and both fill once there is memory", () => {
  const rig = driedUp(["B"]);
  expect(rig.stack.cards.rings.map(({ filled }) => filled)).toEqual([31, 0]);
  rig.stack.assertAlive();
  rig.memory.floorPages = 0;
  rig.runMs(2100);
  expect(rig.stack.cards.rings.map(({ filled }) => filled)).toEqual([31, 15]);
});

test("a machine that goes down gives back what lies in every ring", () => {
  const rig = driedUp(["C"]);
  rig.stack.shutDown();
  expect(rig.stack.cards.rings.map(({ filled }) => filled)).toEqual([0, 0]);
});
