// Receiving from memory that was set aside: charged, tossed unless it is for a marked socket, and never more than there is.

import { describe, expect, test } from "vitest";
import { __GFP_MEMALLOC, __GFP_NOMEMALLOC, type Gfp } from "#kernel/mm/gfp.ts";
import { ReserveTree } from "#kernel/mm/reserve-tree.ts";
import type { UdpSock } from "#kernel/net/udp.ts";
import { pattern, Rig } from "./rig.ts";

const LIMIT_BYTES = 65_536;
/** What a full-sized buffer is charged: 1522 bytes with pads and shared info, in a kmalloc-2k. */
const BUFFER_BYTES = 2048;
/** More than a ring holds. */
const PACKETS = 600;

interface Bench {
  readonly rig: Rig;
  readonly tree: ReserveTree;
  readonly ordinary: UdpSock;
  readonly marked: UdpSock;
  /** There is memory for everybody again. */
  readonly relieve: () => void;
}

/** A machine of 2007 that has met B, one of whose sockets is marked if `isMarked`, and which has nothing left but the reserve. */
function bench({ isMarked = true } = {}): Bench {
  const tree = new ReserveTree({
    part: { name: "packets", role: "packets", demand: { type: "kmalloc", bytes: LIMIT_BYTES } },
    cpuCount: 1,
    resize: () => undefined,
  });
  const policies = { receive: "toss-pfmemalloc", limits: "emergency-skb" } as const;
  const rig = new Rig({ era: "2.6.12", ...policies, reserve: tree });
  const [ordinary, marked] = [rig.stack.udpBind(9), rig.stack.udpBind(10)];
  if (ordinary === null || marked === null) throw new Error("both ports are free");
  if (isMarked) rig.stack.setMemalloc(marked, true);
  send(rig, 9);
  rig.stack.udpRecv(ordinary);
  const { slab } = rig.memory;
  const { kmalloc } = slab;
  slab.kmalloc = (bytes, gfp) => (mayDig(gfp) ? kmalloc(bytes, gfp) : null);
  const relieve = (): void => {
    slab.kmalloc = kmalloc;
  };
  return { rig, tree, ordinary, marked, relieve };
}

const mayDig = (gfp: Gfp): boolean =>
  (gfp & __GFP_MEMALLOC) !== 0 && (gfp & __GFP_NOMEMALLOC) === 0;

function send(rig: Rig, port: number): void {
  rig.stack.datagram("B", 5, port, pattern(1000));
  rig.runMs(1);
}

/** As many as it takes to have every buffer of the ring come from the reserve. */
function flood({ rig, ordinary }: Bench): void {
  for (let i = 0; i < PACKETS; i++) {
    send(rig, 9);
    rig.stack.udpRecv(ordinary);
  }
}

describe("with nothing left but the reserve", () => {
  test("an ordinary socket's packets are tossed, a marked one's are not", () => {
    const machine = bench();
    flood(machine);
    const { rig, tree, marked } = machine;
    expect(rig.stack.snmp.tcpExt.PFMemallocDrop).toBeGreaterThan(100);
    expect(rig.stack.drops.of("pfmemalloc")).toBe(rig.stack.snmp.tcpExt.PFMemallocDrop);
    const before = tree.usageBytes;
    send(rig, 10);
    // It is charged until it is read, and only the next poll fills its place in the ring.
    expect(tree.usageBytes).toBe(before);
    expect(rig.stack.udpRecv(marked)?.bytes.length).toBe(1000);
    expect(tree.usageBytes).toBe(before - BUFFER_BYTES);
  });

  test("the ring takes as many buffers as can be charged, and no more", () => {
    const machine = bench();
    flood(machine);
    expect(machine.tree.usageBytes).toBe(LIMIT_BYTES - BUFFER_BYTES);
    expect(machine.rig.stack.cards.ring.filled).toBe(LIMIT_BYTES / BUFFER_BYTES - 1);
  });

  test("nobody receives from it while no socket is marked", () => {
    const machine = bench({ isMarked: false });
    flood(machine);
    expect(machine.tree.usageBytes).toBe(0);
    expect(machine.rig.stack.cards.ring.filled).toBe(0);
    expect(machine.rig.stack.snmp.tcpExt.PFMemallocDrop).toBe(0);
  });
});

test("what was charged is given back with the memory", () => {
  const machine = bench();
  flood(machine);
  const { rig, tree } = machine;
  machine.relieve();
  flood(machine);
  expect(tree.usageBytes).toBe(0);
  expect(rig.stack.cards.ring.filled).toBeGreaterThan(LIMIT_BYTES / BUFFER_BYTES);
});

test("saved and loaded, the heads that were charged are known", () => {
  const machine = bench();
  flood(machine);
  const { charges } = machine.rig.stack.save().memory;
  expect(charges).toHaveLength(LIMIT_BYTES / BUFFER_BYTES - 1);
  const state = structuredClone(machine.rig.stack.save());
  const other = bench();
  other.rig.stack.load(state);
  expect(other.rig.stack.save().memory).toEqual(state.memory);
});

test("a marked socket that goes takes its share with it", () => {
  const { rig, tree, marked } = bench();
  const sockets: number[] = [];
  const { setSockets } = tree;
  tree.setSockets = (count) => {
    sockets.push(count);
    setSockets.call(tree, count);
  };
  rig.stack.udpClose(marked);
  expect(sockets).toEqual([0]);
});
