// The metrics of a machine: what each name of the scenario language's table is on the machine itself.

import { pagesOf } from "#base/units.ts";
import type { Machine } from "../machine.ts";
import { unknownMetric } from "./unknown-metric.ts";

type Read = (machine: Machine, nowNs: number) => number;

const pages = (machine: Machine) => machine.memory.parts.pages;
const frames = (machine: Machine) => machine.memory.parts.frames;
const zones = (
  machine: Machine,
  of: (zone: ReturnType<typeof pages>["zones"][number]) => number,
): number => pages(machine).zones.reduce((sum, zone) => sum + of(zone), 0);

const gauges: Readonly<Record<string, Read>> = {
  "mem.total": (m) => pages(m).managedPages,
  "mem.free": (m) => pages(m).freePages,
  "mem.used": (m) => pages(m).managedPages - pages(m).freePages,
  "mem.min": (m) => zones(m, (zone) => zone.minPages + zone.emergencyPages),
  "mem.low": (m) => zones(m, (zone) => zone.lowPages + zone.emergencyPages),
  "mem.high": (m) => zones(m, (zone) => zone.highPages + zone.emergencyPages),
  "mem.set_aside": (m) => m.reserve?.attachedPages ?? 0,
  "mem.set_aside_used": (m) => m.reserve?.usageBytes ?? 0,
  "mem.rx_reserve": (m) => m.net.reserveHeldBytes,
  "mem.critical": (m) => pages(m).pool.pages,
  "mem.below_half_atomic": (m) => pages(m).below.pages.atomic,
  "mem.below_half_memalloc": (m) => pages(m).below.pages.memalloc,
  "mem.below_half_reclaimers": (m) => pages(m).below.pages.reclaimers,
  "mem.below_half_others": (m) => pages(m).below.pages.others,
  "mem.reclaims_below_half": (m) => pages(m).below.begun,
  "mem.slab_reserve": (m) => m.memory.parts.slab.reserve.given,
  "mem.slab_reserve_strayed": (m) => m.memory.parts.slab.reserve.strayed,
  "net.emergency": (m) => (m.net.isEmergency ? 1 : 0),
  "net.reserve_used": (m) => m.net.deviceUsedPackets,
  "mem.highatomic": (m) => pages(m).freeHighatomicPages(),
  "mem.free_runs": (m) =>
    zones(m, (zone) =>
      pages(m)
        .freeBlocks(zone)
        .reduce((sum, n, o) => sum + (o < 2 ? 0 : n << o), 0),
    ),
  "mem.anon": (m) => frames(m).pagesOf("anon"),
  "mem.file": (m) => frames(m).pagesOf("file"),
  "mem.dirty": (m) => m.storage.cache.dirtyPages,
  "mem.writeback": (m) => m.memory.writebackPages,
  "mem.slab": (m) => frames(m).pagesOf("slab"),
  "mem.skb": (m) =>
    pagesOf(
      m.net.socks().reduce((sum, sock) => sum + sock.rmemAllocBytes + sock.wmemQueuedBytes, 0),
    ),
  "tcp.mem": (m) => m.net.tcpMemory.chargedPages,
  "tcp.mem_min": (m) => m.net.tcpMemory.limitPages[0],
  "tcp.mem_pressure": (m) => m.net.tcpMemory.limitPages[1],
  "tcp.mem_max": (m) => m.net.tcpMemory.limitPages[2],
  "ring.filled": (m) => m.net.cards.ring.filled,
  throttled: (m) => m.memory.pfmemallocWait.length,
  runnable: (m) => m.sched.tasks().filter((task) => task.state === "runnable").length,
  // avg10 is in hundredths of a percent.
  "psi.some": (m, nowNs) => m.memory.pressure("memory", nowNs).some.avg10 * 100,
  "psi.full": (m, nowNs) => (m.memory.pressure("memory", nowNs).full?.avg10 ?? 0) * 100,
  "swap.used": (m) => m.memory.swap.usedSlots,
  "swap.total": (m) => m.memory.swap.slotCount,
  "swap.inflight": (m) => sentRequests(m).length,
  "swap.oldest": (m, nowNs) => m.block?.queue.oldestNs(nowNs) ?? 0,
  "swap.losses": (m) => m.block?.device.losses ?? 0,
  "swap.switches": (m) => m.block?.device.switches ?? 0,
  "swap.errors": (m) => m.block?.device.errors ?? 0,
  "swap.reconnects": (m) => m.block?.device.reconnects ?? 0,
  "cpu.softirq": (m) => m.sched.softirqNs,
  "cpu.tasks": (m) => m.sched.tasks().reduce((sum, { cpuNs }) => sum + cpuNs, 0),
  ["oom_kills"]: (m) => m.memory.parts.vmstat.counts.oom_kill,
  ["lost_marked"]: (m) => m.net.drops.ofMarked,
  "agent.alarms": (m) => m.workload.agent.alarms,
  "agent.confirmed": (m) => m.workload.agent.confirmed,
  "agent.followed": (m) => m.workload.agent.followed,
  "agent.sent": (m) => m.workload.agent.sent,
  "agent.unsent": (m) => m.workload.agent.unsent,
  "failover.alarms": (m) => m.workload.manager?.alarms ?? 0,
  "failover.orders": (m) => m.workload.manager?.orders ?? 0,
  "failover.confirmed": (m) => m.workload.manager?.confirmed ?? 0,
  "failover.switched": (m) => (m.workload.manager?.isSwitched === true ? 1 : 0),
  "failover.switching": (m) => m.workload.manager?.switchingNs ?? 0,
  "ring.members": (m) => m.workload.member?.ring.memberCount ?? 0,
  "ring.holds": (m) => (m.workload.member?.holds === true && !m.isOff ? 1 : 0),
  "ring.tokens": (m) => m.workload.member?.ring.tokens ?? 0,
  "ring.losses": (m) => m.workload.member?.ring.losses ?? 0,
  "ring.expelled": (m) => m.workload.member?.ring.expelled ?? 0,
  "ring.sent": (m) => m.workload.member?.sent ?? 0,
  "ring.unsent": (m) => m.workload.member?.unsent ?? 0,
  mismatches: (m) => m.memory.mismatches.length,
};

const sentRequests = (machine: Machine) =>
  machine.block?.queue.all().filter(({ state }) => state === "sent" || state === "sending") ?? [];

/** Counters of several groups: no short name is in two of them. */
const counterOf = (
  entries: readonly (readonly [string, number])[],
  name: string,
): number | undefined => entries.find(([key]) => key === name || key.endsWith(`.${name}`))?.[1];

/** Names of the gauges: everything else of a machine is a counter of a family. */
export const MACHINE_GAUGES: readonly string[] = Object.keys(gauges);

/**
 * `server`: only what concerns that swap server.
 *
 * `nowNs`: the present of the whole cluster; a machine with nothing to do may not have noticed.
 */
export function machineMetric(
  machine: Machine,
  metric: string,
  server: string | null,
  nowNs: number,
): number {
  if (server !== null && machine.block?.device.target.server !== server) return 0;
  const gauge = gauges[metric];
  if (gauge !== undefined) return gauge(machine, nowNs);
  const dot = metric.indexOf(".");
  const [family, name] = [metric.slice(0, dot), metric.slice(dot + 1)];
  switch (family) {
    case "vmstat":
      return (
        Object.entries(machine.memory.parts.vmstat.counts).find(([key]) => key === name)?.[1] ??
        unknownMetric(metric)
      );
    case "netstat":
      return counterOf(machine.net.snmp.entries(), name) ?? unknownMetric(metric);
    case "drops":
      return counterOf(machine.net.drops.entries(), name) ?? unknownMetric(metric);
    default:
      return unknownMetric(metric);
  }
}
