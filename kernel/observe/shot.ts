// Takes the picture of a machine that a person is shown (wire/telemetry/shot.ts).

import { quantileOf } from "#base/histogram.ts";
import { PAGE_BYTES } from "#base/units.ts";
import { NBD_PORT } from "#wire/nbd/constants.ts";
import type {
  LineShot,
  MachineShot,
  MarksShot,
  PagesByOwner,
  SocketGroup,
  SwapShot,
  TaskGroup,
} from "#wire/telemetry/shot.ts";
import type { Machine } from "../machine.ts";

/** `nowNs`: the present of the whole cluster; a machine with nothing to do may not have noticed. */
export function shotOf(machine: Machine, nowNs: number): MachineShot {
  const { memory, net, reserve, workload, spec } = machine;
  const { filled, size } = net.cards.ring;
  const [, pressurePages, maxPages] = net.tcpMemory.limitPages;
  return {
    pages: pagesByOwner(machine),
    marks: marksOf(machine),
    reserve:
      reserve === null ? null : { pages: reserve.attachedPages, usedBytes: reserve.usageBytes },
    ring: { filled, size },
    tcp: { pages: net.tcpMemory.chargedPages, pressurePages, maxPages },
    swap: swapOf(machine, nowNs),
    sockets: socketsOf(machine),
    tasks: tasksOf(machine, nowNs),
    drops: net.drops.entries().filter(([, count]) => count > 0),
    counts: {
      requests: workload.stats().reduce((sum, { requests }) => sum + requests, 0),
      swapIns: memory.parts.vmstat.counts.pswpin,
      swapOuts: memory.parts.vmstat.counts.pswpout,
      throttled: memory.parts.vmstat.counts.pgscan_direct_throttle,
      oomKills: memory.parts.vmstat.counts.oom_kill,
    },
    latencyNs: spec.role === "client" ? latencyOf(machine) : null,
    lines: linesOf(machine),
  };
}

function pagesByOwner({ memory, net, storage }: Machine): PagesByOwner {
  const { frames, pages } = memory.parts;
  const total = pages.managedPages;
  const free = pages.freePages;
  const writeback = Math.min(memory.writebackPages, frames.pagesOf("anon"));
  const anon = frames.pagesOf("anon") - writeback;
  const file = frames.pagesOf("file");
  const fileDirty = Math.min(file, storage.cache.dirtyPages);
  let rest = total - free - anon - writeback - file;
  /** Truesize is an estimate of what a packet costs: it may say more than there is. */
  const take = (wanted: number): number => {
    const taken = Math.min(rest, wanted);
    rest -= taken;
    return taken;
  };
  const heldBy = (isSwap: boolean): number =>
    Math.ceil(
      net
        .socks()
        .filter(({ memalloc, wire }) => (memalloc || wire.port === NBD_PORT) === isSwap)
        .reduce((sum, sock) => sum + sock.rmemAllocBytes + sock.wmemQueuedBytes, 0) / PAGE_BYTES,
    );
  const swapPackets = take(heldBy(true));
  const otherPackets = take(heldBy(false));
  // Heads of packets are slab too, and were counted with the packets.
  const slab = take(Math.max(0, frames.pagesOf("slab") - swapPackets - otherPackets));
  return {
    ...{ total, free, anon, writeback, fileClean: file - fileDirty, fileDirty },
    ...{ slab, swapPackets, otherPackets, kernel: rest },
  };
}

function marksOf({ memory }: Machine): MarksShot {
  const { zones } = memory.parts.pages;
  const sum = (of: (zone: (typeof zones)[number]) => number): number =>
    zones.reduce((pages, zone) => pages + of(zone) + zone.emergencyPages, 0);
  return {
    minPages: sum((zone) => zone.minPages),
    lowPages: sum((zone) => zone.lowPages),
    highPages: sum((zone) => zone.highPages),
  };
}

function swapOf({ block, memory, workload }: Machine, nowNs: number): SwapShot {
  const open = block?.queue.all() ?? [];
  const sent = open.filter(({ sentNs }) => sentNs > 0);
  return {
    inFlight: block?.queue.inFlight ?? 0,
    oldestNs: sent.reduce((oldest, { sentNs }) => Math.max(oldest, nowNs - sentNs), 0),
    usedPages: memory.swap.usedSlots,
    totalPages: memory.swap.slotCount,
    serverQueue: workload.swapServer?.queueLength ?? 0,
  };
}

function socketsOf({ net }: Machine): SocketGroup[] {
  const groups = new Map<string, SocketGroup>();
  for (const sock of net.socks()) {
    const view = net.view(sock);
    const key = `${view.peer} ${view.port}`;
    const group = groups.get(key);
    groups.set(key, {
      peer: view.peer,
      port: view.port,
      isMemalloc: view.memalloc,
      count: (group?.count ?? 0) + 1,
      receivedPages:
        (group?.receivedPages ?? 0) + Math.ceil(view.receiveTruesizeBytes / PAGE_BYTES),
      receiveLimitPages: (group?.receiveLimitPages ?? 0) + Math.ceil(view.rcvbufBytes / PAGE_BYTES),
      sendingPages: (group?.sendingPages ?? 0) + Math.ceil(view.sendTruesizeBytes / PAGE_BYTES),
    });
  }
  const held = (group: SocketGroup): number => group.receivedPages + group.sendingPages;
  return [...groups.values()].sort((a, b) => held(b) - held(a));
}

function tasksOf({ sched }: Machine, nowNs: number): TaskGroup[] {
  const groups = new Map<string, TaskGroup>();
  for (const { name, state, wait } of sched.tasks()) {
    const on = state === "blocked" ? (wait?.on ?? null) : null;
    const key = `${name} ${state} ${on}`;
    const group = groups.get(key);
    const waitedNs = on === null || wait === null ? 0 : nowNs - wait.sinceNs;
    const longestNs = Math.max(group?.longestNs ?? 0, waitedNs);
    groups.set(key, { name, state, on, longestNs, count: (group?.count ?? 0) + 1 });
  }
  return [...groups.values()];
}

function latencyOf({ workload }: Machine): number | null {
  const [client] = workload.clients;
  return client === undefined ? null : quantileOf(client.latency.counts, null, 99);
}

const linesOf = ({ net }: Machine): LineShot[] =>
  net.links().map(({ peer, inbound, carriedFrames, lostFrames, heldFrames }) => ({
    from: peer,
    carried: carriedFrames,
    lost: lostFrames,
    held: heldFrames,
    isCut: inbound.cut,
    isHeld: inbound.held,
  }));
