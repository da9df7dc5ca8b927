// How much a machine can receive before an answer of its swap server finds no memory, and what ends it first: in ranges,
// from the machine's own marks and limits, before anything is run.
//
// Not counted: pages on per-CPU lists and in HIGHATOMIC blocks, fragmentation, slab that could shrink.

import { PAGE_BYTES } from "#base/units.ts";
import { machineMarks } from "#kernel/index.ts";
import type { HostFacts } from "./host-facts.ts";

/** From least to most. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export type Binding = "floor" | "limit" | "either";

export interface Margins {
  /** Pages that a flood of packets leaves free, whatever is asked. */
  readonly floorPages: number;
  /**
   * Pages that packets can have: from where kswapd wakes, when nothing more can be dropped, to all that is free or clean now.
   */
  readonly packetPages: Range;
  /** Pages at which TCP offers no more window, and at which it drops; null: not known. */
  readonly tcpPages: Range | null;
  readonly binding: Binding;
  /** The lesser of both. */
  readonly roomPages: Range;
  /** Connections that nobody reads and whose receive buffers hold so much; null: buffers not known. */
  readonly connections: Range | null;
  /** Seconds in which a flood of full frames over its card takes it, if nobody reads them. */
  readonly seconds: Range;
  readonly mbitPerSec: number;
  /** Sums of marks, as the kernel has them and as the formulas do; pages. */
  readonly marks: { readonly kernel: readonly number[]; readonly formula: readonly number[] };
}

/** What a card is taken for that does not say how fast it is. */
const MBIT_DEFAULT = 1000;
/** A full frame with preamble, check sum and gap. */
const WIRE_BYTES = 1538;
const FRAME_BYTES = 1500;

export function marginsOf(facts: HostFacts): Margins {
  const { memory, net, vm } = facts;
  const marks = machineMarks({
    era: facts.era,
    zones: memory.zones,
    minFreeKiB: vm.minFreeKiB,
    ...(vm.watermarkScaleFactor !== null && { watermarkScaleFactor: vm.watermarkScaleFactor }),
  });
  // Zone by zone: what one keeps for requests that cannot go higher is no help in another.
  const above = (i: number, pages: number): number =>
    Math.max(0, pages - (marks.zones[i]?.floodFloorPages ?? 0));
  const least = marks.zones.reduce((sum, zone, i) => sum + above(i, zone.lowPages), 0);
  const most = memory.zones.reduce((sum, zone, i) => sum + above(i, zone.freePages), 0);
  const clean = most + memory.cleanFilePages;
  const packetPages = { from: Math.min(least, clean), to: Math.max(least, clean) };
  const { tcpMem } = net;
  const tcpPages = tcpMem === null ? null : { from: tcpMem.pressurePages, to: tcpMem.maxPages };
  const roomPages = {
    from: Math.min(packetPages.from, tcpPages?.from ?? Number.MAX_SAFE_INTEGER),
    to: Math.min(packetPages.to, tcpPages?.to ?? Number.MAX_SAFE_INTEGER),
  };
  const mbitPerSec =
    facts.cards.find((card) => card.mbitPerSec !== null)?.mbitPerSec ?? MBIT_DEFAULT;
  const sum = (key: "minPages" | "lowPages" | "highPages"): number =>
    marks.zones.reduce((total, zone) => total + zone[key], 0);
  return {
    floorPages: marks.floodFloorPages,
    packetPages,
    tcpPages,
    binding: bindingOf(packetPages, tcpPages),
    roomPages,
    connections: connectionsOf(facts, roomPages),
    seconds: secondsOf(roomPages, mbitPerSec),
    mbitPerSec,
    marks: {
      kernel: [memory.minPages, memory.lowPages, memory.highPages],
      formula: [sum("minPages"), sum("lowPages"), sum("highPages")],
    },
  };
}

function bindingOf(packets: Range, tcp: Range | null): Binding {
  if (tcp === null || packets.to < tcp.from) return "floor";
  return packets.from > tcp.to ? "limit" : "either";
}

function connectionsOf({ net }: HostFacts, room: Range): Range | null {
  if (net.rcvbufBytes === null || net.rcvbufBytes === 0) return null;
  const most = Math.max(net.rcvbufBytes, net.rcvbufBytesMax ?? 0);
  return {
    from: Math.ceil((room.from * PAGE_BYTES) / most),
    to: Math.ceil((room.to * PAGE_BYTES) / net.rcvbufBytes),
  };
}

/** The least: every frame takes a page. The most: frames are packed as tightly as bytes can be. */
function secondsOf(room: Range, mbitPerSec: number): Range {
  const framesPerSec = (mbitPerSec * 1_000_000) / 8 / WIRE_BYTES;
  return {
    from: room.from / framesPerSec,
    to: (room.to * PAGE_BYTES) / FRAME_BYTES / framesPerSec,
  };
}
