// What happened to a machine, phase by phase: how its counters grew, how low free memory and the ring went, and when useful
// progress was made. Written while the run goes on; plain data in the end.

import type { Machine } from "#kernel/index.ts";

export interface Chapter {
  /** Phase of the timeline. */
  readonly phase: string;
  readonly fromNs: number;
  readonly toNs: number;
  readonly freePagesAtStart: number;
  readonly freePagesMin: number;
  readonly ringFilledMin: number;
  /** What was added to each counter during it. */
  readonly grown: Counts;
  /** First sample that saw useful progress; null: none did. */
  readonly firstProgressNs: number | null;
  readonly lastProgressNs: number | null;
}

/** Counters of a machine, since its boot or over a chapter. */
export interface Counts {
  /** Service requests answered. */
  readonly requests: number;
  readonly swapIns: number;
  readonly swapOuts: number;
  /** Frames that found no receive buffer. */
  readonly missed: number;
  /** Receive buffers that could not be had. */
  readonly refillsRefused: number;
  /** Segments that should have been sent again, and there was no memory to do so. */
  readonly resendsRefused: number;
  /** Packets in reserve memory, dropped because they were for a socket the VM does not depend on. */
  readonly tossed: number;
  /** Times a task was held back from reclaiming. */
  readonly throttled: number;
  readonly oomKills: number;
  /** Completed service requests, completed swap-ins, finished tasks. */
  readonly useful: number;
}

export function countsOf({ memory, net, workload }: Machine): Counts {
  const { counts } = memory.parts.vmstat;
  const { dev, tcpExt } = net.snmp;
  const stats = workload.stats();
  const requests = stats.reduce((sum, task) => sum + task.requests, 0);
  const finished = stats.reduce((sum, task) => sum + task.finished, 0);
  return {
    requests,
    swapIns: counts.pswpin,
    swapOuts: counts.pswpout,
    missed: dev.rx_missed_errors,
    refillsRefused: dev.alloc_rx_buff_failed,
    resendsRefused: tcpExt.TCPRetransFail,
    tossed: tcpExt.PFMemallocDrop,
    throttled: counts.pgscan_direct_throttle,
    oomKills: counts.oom_kill,
    useful: requests + finished + counts.pgmajfault,
  };
}

export class Chronicle {
  readonly #machine: Machine;
  #open: OpenChapter | null = null;
  readonly #closed: Chapter[] = [];

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Looks at the machine; to be called after every step of the run. */
  observe(phase: string | null, nowNs: number): void {
    const counts = countsOf(this.#machine);
    if (phase !== null && this.#open?.phase !== phase) this.#turn(phase, nowNs, counts);
    if (this.#open !== null) follow(this.#open, this.#machine, counts, nowNs);
  }

  /** Everything until now, the chapter that is still open included. */
  chapters(): Chapter[] {
    const open = this.#open;
    if (open === null) return [...this.#closed];
    return [...this.#closed, closed(open, this.#machine.nowNs, countsOf(this.#machine))];
  }

  #turn(phase: string, nowNs: number, counts: Counts): void {
    if (this.#open !== null) this.#closed.push(closed(this.#open, nowNs, counts));
    const freePagesAtStart = this.#machine.memory.parts.pages.freePages;
    this.#open = {
      phase,
      fromNs: nowNs,
      freePagesAtStart,
      freePagesMin: freePagesAtStart,
      ringFilledMin: this.#machine.net.cards.ring.filled,
      base: counts,
      useful: counts.useful,
      firstProgressNs: null,
      lastProgressNs: null,
    };
  }
}

interface OpenChapter {
  readonly phase: string;
  readonly fromNs: number;
  readonly freePagesAtStart: number;
  freePagesMin: number;
  ringFilledMin: number;
  readonly base: Counts;
  useful: number;
  firstProgressNs: number | null;
  lastProgressNs: number | null;
}

function follow(chapter: OpenChapter, machine: Machine, counts: Counts, nowNs: number): void {
  const { freePages } = machine.memory.parts.pages;
  chapter.freePagesMin = Math.min(chapter.freePagesMin, freePages);
  chapter.ringFilledMin = Math.min(chapter.ringFilledMin, machine.net.cards.ring.filled);
  if (counts.useful === chapter.useful) return;
  chapter.useful = counts.useful;
  chapter.firstProgressNs ??= nowNs;
  chapter.lastProgressNs = nowNs;
}

function closed({ base, useful: _, ...chapter }: OpenChapter, toNs: number, now: Counts): Chapter {
  const grown = {
    requests: now.requests - base.requests,
    swapIns: now.swapIns - base.swapIns,
    swapOuts: now.swapOuts - base.swapOuts,
    missed: now.missed - base.missed,
    refillsRefused: now.refillsRefused - base.refillsRefused,
    resendsRefused: now.resendsRefused - base.resendsRefused,
    tossed: now.tossed - base.tossed,
    throttled: now.throttled - base.throttled,
    oomKills: now.oomKills - base.oomKills,
    useful: now.useful - base.useful,
  };
  return { ...chapter, toNs, grown };
}
