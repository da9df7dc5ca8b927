// Fifty packets of a card from the reserve: counted where a buffer is taken, credited where a socket is found, and held for
// longer than that.

import { describe, expect, test } from "vitest";
import { __GFP_MEMALLOC, type Gfp } from "#kernel/mm/gfp.ts";
import type { UdpSock } from "#kernel/net/udp.ts";
import { pattern, Rig } from "./rig.ts";

const BUFFER_BYTES = 2048;
const MAX_PACKETS = 50;

interface Bench {
  readonly rig: Rig;
  readonly ordinary: UdpSock;
  readonly marked: UdpSock;
}

/** A machine of 2005 that has met B, has one marked socket and one that is not, and nothing left but the reserve. */
function bench(): Bench {
  const rig = new Rig({ era: "2.6.12", receive: "device-credit", limits: "none" });
  const [ordinary, marked] = [rig.stack.udpBind(9), rig.stack.udpBind(10)];
  if (ordinary === null || marked === null) throw new Error("both ports are free");
  rig.stack.setMemalloc(marked, true);
  send(rig, 9);
  rig.stack.udpRecv(ordinary);
  const { slab } = rig.memory;
  const { kmalloc } = slab;
  slab.kmalloc = (bytes, gfp: Gfp) => ((gfp & __GFP_MEMALLOC) === 0 ? null : kmalloc(bytes, gfp));
  return { rig, ordinary, marked };
}

function send(rig: Rig, port: number): void {
  rig.stack.datagram("B", 5, port, pattern(1000));
  rig.runMs(1);
}

describe("with nothing left but the reserve", () => {
  test("a card is given no more than its count, and its ring runs short", () => {
    const { rig, marked } = bench();
    for (let i = 0; i < 400; i++) {
      send(rig, 10);
      expect(rig.stack.deviceUsedPackets).toBeLessThanOrEqual(MAX_PACKETS);
    }
    expect(rig.stack.udpRecv(marked)).not.toBeNull();
    expect(rig.stack.snmp.tcpExt.PFMemallocDrop).toBe(0);
  });

  test("while some are used others' packets are dropped, and each that finds a socket credits one", () => {
    const { rig } = bench();
    for (let i = 0; i < 300; i++) send(rig, 9);
    const used = rig.stack.deviceUsedPackets;
    const dropped = rig.stack.snmp.tcpExt.PFMemallocDrop;
    expect(used).toBeGreaterThan(0);
    expect(dropped).toBeGreaterThan(0);
    expect(rig.stack.drops.of("pfmemalloc")).toBe(dropped);
  });

  test("what is credited is still held: unread packets of a marked socket hold more than the count says", () => {
    const { rig } = bench();
    for (let i = 0; i < 300; i++) send(rig, 10);
    const heldPackets = rig.stack.reserveHeldBytes / BUFFER_BYTES;
    expect(heldPackets).toBeGreaterThan(rig.stack.deviceUsedPackets);
  });
});
