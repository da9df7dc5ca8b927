// What every part of the network stack of one machine shares, and the few helpers that touch all of it.

import type { Random } from "#base/random.ts";
import type { Effect } from "../events.ts";
import type { Gfp } from "../mm/gfp.ts";
import { __GFP_MEMALLOC } from "../mm/gfp.ts";
import type { CriticalityPolicy } from "../policy/criticality/policy.ts";
import type { LimitsPolicy } from "../policy/limits/policy.ts";
import type { DeviceReserve, ReceivePolicy } from "../policy/receive/policy.ts";
import type { Current } from "../sched/current.ts";
import type { Scheduler } from "../sched/scheduler.ts";
import type { Timers } from "../sched/timers.ts";
import type { Trace } from "../trace.ts";
import { DropCounts, type DropCountsState, type DropReason, dropNumber } from "./drop-reason.ts";
import { type Frame, isLooped } from "./frame.ts";
import type { PacketReserve } from "./memory.ts";
import type { NetEra } from "./net-era.ts";
import type { Skb } from "./skb.ts";
import { Snmp } from "./snmp.ts";

export interface NetParts {
  readonly era: NetEra;
  readonly timers: Timers;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly trace: Trace;
  readonly emit: (effect: Effect) => void;
  readonly policies: {
    readonly receive: ReceivePolicy;
    readonly limits: LimitsPolicy;
    readonly criticality: CriticalityPolicy;
  };
  /** Whether less is free than the threshold of an emergency. */
  readonly isBelowThreshold: () => boolean;
  /** null: the policy sets nothing aside. */
  readonly reserve: PacketReserve | null;
  readonly deviceReserve: Omit<DeviceReserve, "usedPackets">;
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
  readonly criticality: CriticalityPolicy;
  readonly reserve: PacketReserve | null;
  readonly snmp = new Snmp();
  readonly drops = new DropCounts();
  /** Sockets marked SOCK_MEMALLOC. Linux: memalloc_socks_key. */
  memallocSockets = 0;
  /** Programs that say the machine is in emergency. Samudrala: system_in_emergency. */
  emergencyOrders = 0;
  /** What the card has of the reserve, where that is counted. */
  readonly device: {
    usedPackets: number;
    readonly maxPackets: number;
    readonly dropAbovePackets: number;
  };
  readonly #isBelowThreshold: () => boolean;
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
    this.criticality = parts.policies.criticality;
    this.#isBelowThreshold = parts.isBelowThreshold;
    this.reserve = parts.reserve;
    this.device = { usedPackets: 0, ...parts.deviceReserve };
  }

  get nowNs(): number {
    return this.timers.nowNs;
  }

  /** One more socket is marked, or one less. */
  countMarked(change: 1 | -1): void {
    this.memallocSockets += change;
    this.reserve?.setSockets(this.memallocSockets);
  }

  /** What a driver's receive allocation may do: the reserve too, if the policy says so. */
  rxGfp(gfp: Gfp): Gfp {
    const { memallocSockets, device } = this;
    const mayDig = this.receive.mayReceiveFromReserve({ memallocSockets, device });
    return mayDig ? gfp | __GFP_MEMALLOC : gfp;
  }

  /** What a peer's address or route may have: as much as receiving, if the policy says so. */
  neighbourGfp(gfp: Gfp): Gfp {
    return this.receive.coversNeighbours ? this.rxGfp(gfp) : gfp;
  }

  /** Whether a layer between socket and card may ask for atomic memory now, in its own name. */
  get mayLayerAsk(): boolean {
    return !(this.receive.keepsAtomicForMarked && this.isEmergency());
  }

  isEmergency(): boolean {
    switch (this.receive.emergency) {
      case "never":
        return false;
      case "ordered":
        return this.emergencyOrders > 0;
      case "below-threshold":
        return this.#isBelowThreshold();
    }
  }

  /** The card has received one more packet from the reserve. */
  chargeDevice(): void {
    if (this.receive.countsByDevice) this.device.usedPackets++;
  }

  /** Whether a packet is dropped where its socket was found; where cards are credited, that is where. */
  tossesAtDemux({ pfmemalloc }: Skb, memallocSocket: boolean): boolean {
    const { device } = this;
    const isEmergency = this.isEmergency();
    const view = { pfmemalloc, memallocSocket, device, isEmergency };
    const isTossed = this.receive.tossAtDemux(view);
    if (this.receive.countsByDevice && device.usedPackets > 0) device.usedPackets--;
    return isTossed;
  }

  /** Count the drop of a packet that was received; who calls frees it. */
  countDropOf(frame: Frame, reason: DropReason, lenBytes: number): void {
    if (!isLooped(frame.stream)) this.trace.card?.dropped(frame, reason, lenBytes);
    this.countDrop(reason, lenBytes);
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
      emergencyOrders: this.emergencyOrders,
      deviceUsedPackets: this.device.usedPackets,
    };
  }

  load(state: NetContextState): void {
    this.random.load(state.random);
    this.snmp.load(state.snmp);
    this.drops.load(state.drops);
    this.memallocSockets = state.memallocSockets;
    this.emergencyOrders = state.emergencyOrders;
    this.device.usedPackets = state.deviceUsedPackets;
  }
}

export interface NetContextState {
  readonly random: readonly [number, number];
  readonly snmp: ReturnType<Snmp["save"]>;
  readonly drops: DropCountsState;
  readonly memallocSockets: number;
  readonly emergencyOrders: number;
  readonly deviceUsedPackets: number;
}
