// A machine at an instant, as a person is shown it: who holds its memory, how far free memory is from the marks, what the
// network and the swap device owe each other, and which tasks wait for what. Plain data.

import { PAGE_BYTES } from "#base/units.ts";
import { type Machine, machineMarks } from "#kernel/index.ts";

type Task = ReturnType<Machine["sched"]["tasks"]>[number];
export type WaitReason = NonNullable<Task["wait"]>["on"];

export interface MachinePicture {
  readonly name: string;
  readonly atNs: number;
  readonly pages: PagesByOwner;
  readonly marks: Marks;
  /** Receive descriptors of each card, the first card's first: how many have a buffer, of how many. */
  readonly rings: readonly { readonly filled: number; readonly size: number }[];
  readonly swap: SwapPicture;
  /** Sockets that hold something, by peer and port; the largest first. */
  readonly sockets: readonly SocketGroup[];
  /** Blocked tasks by what they wait for; the most first. */
  readonly waits: readonly WaitGroup[];
  /** Tasks that could run. */
  readonly runnableCount: number;
}

/** In pages; together they are `total`. */
export interface PagesByOwner {
  readonly total: number;
  readonly free: number;
  /** Anonymous memory of programs, what is being written not counted. */
  readonly programs: number;
  readonly writeback: number;
  readonly file: number;
  /** What sockets hold, by truesize. */
  readonly packets: number;
  /** All the rest: slab, receive buffers, per-CPU lists. */
  readonly kernel: number;
  /** Of the free ones: in HIGHATOMIC blocks; null: this kernel has none. */
  readonly highatomic: number | null;
}

/** In pages, all zones together. */
export interface Marks {
  /** What a flood of GFP_ATOMIC requests leaves free. */
  readonly atomicPages: number;
  readonly minPages: number;
  readonly lowPages: number;
  readonly highPages: number;
}

export interface SwapPicture {
  /** Requests that were made and are not answered, sent or not. */
  readonly openRequests: number;
  /** Age of the oldest of those that were sent. */
  readonly oldestNs: number;
  readonly usedPages: number;
  readonly totalPages: number;
}

export interface SocketGroup {
  readonly peer: string;
  readonly port: number;
  readonly count: number;
  /** Received and not read. */
  readonly receivedPages: number;
  /** To be sent, or sent and not acknowledged. */
  readonly sendingPages: number;
  /** Whether the VM depends on them: SOCK_MEMALLOC. */
  readonly isMemalloc: boolean;
}

export interface WaitGroup {
  readonly on: WaitReason;
  /** Names of tasks with how many of each. */
  readonly tasks: readonly { readonly name: string; readonly count: number }[];
  readonly count: number;
  readonly longestNs: number;
}

/** `nowNs`: the present of the whole cluster; a machine with nothing to do may not have noticed. */
export function pictureOf(machine: Machine, nowNs: number): MachinePicture {
  const { sched, net } = machine;
  return {
    name: machine.spec.name,
    atNs: nowNs,
    pages: pagesByOwner(machine),
    marks: marksOf(machine),
    rings: net.cards.rings.map(({ filled, size }) => ({ filled, size })),
    swap: swapOf(machine, nowNs),
    sockets: socketsOf(machine),
    waits: waitsOf(sched.tasks(), nowNs),
    runnableCount: sched.tasks().filter(({ state }) => state === "runnable").length,
  };
}

export function pagesByOwner(machine: Machine): PagesByOwner {
  const { memory, net } = machine;
  const { frames, pages } = memory.parts;
  const total = pages.managedPages;
  const free = pages.freePages;
  const writeback = Math.min(memory.writebackPages, frames.pagesOf("anon"));
  const programs = frames.pagesOf("anon") - writeback;
  const file = frames.pagesOf("file");
  const bytes = net
    .socks()
    .reduce((sum, sock) => sum + sock.rmemAllocBytes + sock.wmemQueuedBytes, 0);
  const rest = total - free - programs - writeback - file;
  // Truesize is an estimate of what a packet costs: it may say more than there is.
  const packets = Math.min(rest, Math.ceil(bytes / PAGE_BYTES));
  const highatomic = hasHighatomic(machine) ? pages.freeHighatomicPages() : null;
  return { total, free, programs, writeback, file, packets, kernel: rest - packets, highatomic };
}

/** Blocks set aside in other eras are no HIGHATOMIC ones: MIGRATE_RESERVE was open to more requests. */
const hasHighatomic = ({ spec }: Machine): boolean =>
  spec.role === "machine" && spec.policy.era === "6.1" && spec.memory.highatomic;

export function marksOf(machine: Machine): Marks {
  const { zones } = machine.memory.parts.pages;
  const sum = (of: (zone: (typeof zones)[number]) => number): number =>
    zones.reduce((pages, zone) => pages + of(zone), 0);
  return {
    atomicPages: atomicFloorOf(machine) + sum((zone) => zone.emergencyPages),
    minPages: sum((zone) => zone.minPages + zone.emergencyPages),
    lowPages: sum((zone) => zone.lowPages + zone.emergencyPages),
    highPages: sum((zone) => zone.highPages + zone.emergencyPages),
  };
}

function atomicFloorOf({ spec, memory }: Machine): number {
  if (spec.role !== "machine") return 0;
  const { era } = spec.policy;
  const { zones, minFreeKiB } = memory.parts.pages;
  const marks = machineMarks({
    era,
    minFreeKiB,
    watermarkScaleFactor: spec.memory.watermarkScaleFactor,
    zones: zones.map(({ name, managedPages }) => ({
      name,
      managedPages,
      presentPages: managedPages,
    })),
  });
  return marks.floodFloorPages;
}

function swapOf({ block, memory }: Machine, nowNs: number): SwapPicture {
  const sent = (block?.queue.all() ?? []).filter(({ sentNs }) => sentNs > 0);
  return {
    openRequests: block?.queue.inFlight ?? 0,
    oldestNs: sent.reduce((oldest, { sentNs }) => Math.max(oldest, nowNs - sentNs), 0),
    usedPages: memory.swap.usedSlots,
    totalPages: memory.swap.slotCount,
  };
}

function socketsOf({ net }: Machine): SocketGroup[] {
  const groups = new Map<string, SocketGroup>();
  for (const sock of net.socks()) {
    const { peer, port, memalloc, receiveTruesizeBytes, sendTruesizeBytes } = net.view(sock);
    if (receiveTruesizeBytes + sendTruesizeBytes === 0) continue;
    const key = `${peer} ${port}`;
    const group = groups.get(key);
    groups.set(key, {
      peer,
      port,
      isMemalloc: memalloc,
      count: (group?.count ?? 0) + 1,
      receivedPages: (group?.receivedPages ?? 0) + Math.ceil(receiveTruesizeBytes / PAGE_BYTES),
      sendingPages: (group?.sendingPages ?? 0) + Math.ceil(sendTruesizeBytes / PAGE_BYTES),
    });
  }
  const pages = (group: SocketGroup): number => group.receivedPages + group.sendingPages;
  return [...groups.values()].sort((a, b) => pages(b) - pages(a));
}

function waitsOf(tasks: readonly Task[], nowNs: number): WaitGroup[] {
  const groups = new Map<WaitReason, Map<string, number>>();
  const longest = new Map<WaitReason, number>();
  for (const { name, state, wait } of tasks) {
    if (state !== "blocked" || wait === null) continue;
    const names = groups.get(wait.on) ?? new Map<string, number>();
    groups.set(wait.on, names.set(name, (names.get(name) ?? 0) + 1));
    longest.set(wait.on, Math.max(longest.get(wait.on) ?? 0, nowNs - wait.sinceNs));
  }
  return [...groups]
    .map(([on, names]) => ({
      on,
      tasks: [...names].map(([name, count]) => ({ name, count })),
      count: [...names.values()].reduce((sum, count) => sum + count, 0),
      longestNs: longest.get(on) ?? 0,
    }))
    .sort((a, b) => b.count - a.count);
}
