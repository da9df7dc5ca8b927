// The faults of one swap server: opened by command or by schedule, healed by command or when their lease ends.
//
// The book of leases decides (faults/lease.ts); here are its clock and its timer. Each fault announces itself in the log as
// injected, and says when it heals how often it struck.

import type { Logger } from "pino";
import { type FaultName, faults, type Lease, LeaseBook, storeUnder } from "#faults/index.ts";
import type { StoreState } from "#kernel/index.ts";
import { countIn, type Tally } from "./tally.ts";
import { WELL } from "./well.ts";

/** The name by which faults are aimed at this server: there is no other. */
const HERE = "swapd";
const NS_PER_MS = 1_000_000;

export interface FaultOrder {
  readonly id: string;
  readonly name: FaultName;
  /** In the units of the fault's arguments; those left out have their default. */
  readonly args: Readonly<Record<string, number>>;
  readonly leaseMs: number;
}

/** A fault that was open, for whoever asks. */
export interface FaultReport {
  readonly id: string;
  readonly fault: FaultName;
  readonly args: Readonly<Record<string, number>>;
  readonly leaseMsLeft: number;
  /** How often its effect was seen so far. */
  readonly struck: number;
}

export interface FaultDeskParts {
  readonly tally: Tally;
  readonly log: Logger;
  readonly nowNs: () => number;
  /** What the open faults make of the server has changed. */
  readonly changed: (state: StoreState) => void;
}

export class FaultDesk {
  readonly #parts: FaultDeskParts;
  readonly #book = new LeaseBook();
  #timer: NodeJS.Timeout | null = null;
  readonly #scheduled = new Set<NodeJS.Timeout>();

  constructor(parts: FaultDeskParts) {
    this.#parts = parts;
  }

  /** False when that fault is open already. */
  open(order: FaultOrder): boolean {
    const { tally, log, nowNs } = this.#parts;
    const { id, name, args, leaseMs } = order;
    const openedNs = nowNs();
    const isNew = this.#book.open({
      fault: { id, name, target: { kind: "host", host: HERE }, args },
      openedNs,
      untilNs: openedNs + leaseMs * NS_PER_MS,
      countBefore: countIn(tally, faults[name].receipt.counter),
    });
    if (!isNew) return false;
    log.warn({ injected: true, id, fault: name, args, leaseMs }, `injected: ${name}`);
    this.#tell();
    return true;
  }

  /** Open one later; what is scheduled is forgotten when the desk closes. */
  schedule(order: FaultOrder, afterMs: number): void {
    const timer = setTimeout(() => {
      this.#scheduled.delete(timer);
      this.open(order);
    }, afterMs);
    this.#scheduled.add(timer);
  }

  renew(id: string, leaseMs: number): boolean {
    const isKnown = this.#book.renew(id, this.#parts.nowNs(), leaseMs * NS_PER_MS);
    this.#arm();
    return isKnown;
  }

  /** Heal one, or all for null; what was open. */
  heal(id: string | null): readonly FaultReport[] {
    return this.#healed(this.#book.heal(id), "command");
  }

  list(): readonly FaultReport[] {
    return this.#book.leases.map((lease) => this.#reportOf(lease));
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    for (const timer of this.#scheduled) clearTimeout(timer);
    this.#scheduled.clear();
  }

  #healed(leases: readonly Lease[], by: "command" | "lease"): readonly FaultReport[] {
    const reports = leases.map((lease) => this.#reportOf(lease));
    for (const { id, fault, struck } of reports)
      this.#parts.log.warn({ injected: true, id, fault, by, struck }, `healed: ${fault}`);
    if (leases.length > 0) this.#tell();
    return reports;
  }

  #tell(): void {
    this.#parts.changed(storeUnder(this.#book.faults, HERE, WELL));
    this.#arm();
  }

  #arm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const deadlineNs = this.#book.nextDeadlineNs;
    if (deadlineNs === null) return;
    const { nowNs } = this.#parts;
    const afterMs = Math.max(0, Math.ceil((deadlineNs - nowNs()) / NS_PER_MS));
    this.#timer = setTimeout(() => {
      this.#healed(this.#book.expire(nowNs()), "lease");
      this.#arm();
    }, afterMs);
  }

  #reportOf({ fault, untilNs, countBefore }: Lease): FaultReport {
    const { tally, nowNs } = this.#parts;
    return {
      id: fault.id,
      fault: fault.name,
      args: fault.args,
      leaseMsLeft: Math.max(0, Math.round((untilNs - nowNs()) / NS_PER_MS)),
      struck: countIn(tally, faults[fault.name].receipt.counter) - countBefore,
    };
  }
}
