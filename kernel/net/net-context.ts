// What every part of the network stack of one machine shares, and the few helpers that touch all of it.

import type { Random } from "#base/random.ts";
import type { Effect } from "../events.ts";
import type { Gfp } from "../mm/gfp.ts";
import { __GFP_MEMALLOC } from "../mm/gfp.ts";
import type { LimitsPolicy } from "../policy/limits/policy.ts";
import type { ReceivePolicy } from "../policy/receive/policy.ts";
import type { Current } from "../sched/current.ts";
import type { Scheduler } from "../sched/scheduler.ts";
import type { Timers } from "../sched/timers.ts";
import type { Trace } from "../trace.ts";
import { DropCounts, type DropReason, dropNumber } from "./drop-reason.ts";
import type { NetEra } from "./net-era.ts";
import { Snmp } from "./snmp.ts";

export interface NetParts {
  readonly era: NetEra;
  readonly timers: Timers;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly trace: Trace;
  readonly emit: (effect: Effect) => void;
  readonly policies: { readonly receive: ReceivePolicy; readonly limits: LimitsPolicy };
}

export class NetContext {
  readonly era: NetEra;
  readonly timers: Timers;
  readonly scheduler: Scheduler;
  readonly current: Current;
  readonly random: Random;
  readonly trace: Trace;
  readonly emit: (effect: Effect) => void;
  readonly receive: ReceivePolicy;
  readonly limits: LimitsPolicy;
  readonly snmp = new Snmp();
  readonly drops = new DropCounts();
  /** Sockets marked SOCK_MEMALLOC. Linux: memalloc_socks_key. */
  memallocSockets = 0;
  /** CPU time that the work at hand has taken so far, in ns. */
  costNs = 0;

  constructor(parts: NetParts) {
    this.era = parts.era;
    this.timers = parts.timers;
    this.scheduler = parts.scheduler;
    this.current = parts.scheduler.current;
    this.random = parts.random;
    this.trace = parts.trace;
    this.emit = parts.emit;
    this.receive = parts.policies.receive;
    this.limits = parts.policies.limits;
  }

  get nowNs(): number {
    return this.timers.nowNs;
  }

  /** What a driver's receive allocation may do: the reserve too, if the policy says so. */
  rxGfp(gfp: Gfp): Gfp {
    const mayDig =
      this.era.knowsPfmemalloc &&
      this.receive.mayReceiveFromReserve({ memallocSockets: this.memallocSockets });
    return mayDig ? gfp | __GFP_MEMALLOC : gfp;
  }

  /** Count a drop of `lenBytes`; who calls frees what was dropped. */
  countDrop(reason: DropReason, lenBytes: number): void {
    this.drops.add(reason);
    this.trace.event("net.drop", this.timers.nowNs, dropNumber[reason] ?? 0, lenBytes);
  }

  save(): NetContextState {
    return {
      random: this.random.save(),
      snmp: this.snmp.save(),
      drops: this.drops.save(),
      memallocSockets: this.memallocSockets,
    };
  }

  load(state: NetContextState): void {
    this.random.load(state.random);
    this.snmp.load(state.snmp);
    this.drops.load(state.drops);
    this.memallocSockets = state.memallocSockets;
  }
}

export interface NetContextState {
  readonly random: readonly [number, number];
  readonly snmp: ReturnType<Snmp["save"]>;
  readonly drops: readonly number[];
  readonly memallocSockets: number;
}
