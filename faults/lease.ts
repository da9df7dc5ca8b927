// Faults on loan: each is open until its lease ends, unless it is renewed or healed before. Whoever commanded it may be gone.
//
// The book decides, its keeper performs: it is told what time it is and how often an effect was seen, and says what healed and
// when it has to be asked again. The count of an effect while a fault was open is its receipt.

import { assert } from "#base/assert.ts";
import type { OpenFault } from "./judge.ts";

/** Longest lease. A fault that is wanted longer is renewed by somebody who is still there. */
export const LEASE_NS_MAX = 3_600_000_000_000;

export interface Lease {
  readonly fault: OpenFault;
  readonly openedNs: number;
  readonly untilNs: number;
  /** Its receipt's counter when it was opened. */
  readonly countBefore: number;
}

export class LeaseBook {
  /** In the order they were opened. */
  #leases: Lease[] = [];

  get leases(): readonly Lease[] {
    return this.#leases;
  }

  /** The open faults, for who judges by them. */
  get faults(): readonly OpenFault[] {
    return this.#leases.map(({ fault }) => fault);
  }

  /** When the next lease ends; null: nothing is open. */
  get nextDeadlineNs(): number | null {
    if (this.#leases.length === 0) return null;
    return Math.min(...this.#leases.map(({ untilNs }) => untilNs));
  }

  /** False when a fault of that id is open already: to command the same twice does nothing twice. */
  open(lease: Lease): boolean {
    assertLease(lease.untilNs - lease.openedNs);
    if (this.#leases.some(({ fault }) => fault.id === lease.fault.id)) return false;
    this.#leases.push(lease);
    return true;
  }

  /** False when no such fault is open (any more). */
  renew(id: string, nowNs: number, leaseNs: number): boolean {
    assertLease(leaseNs);
    const known = this.#leases.some(({ fault }) => fault.id === id);
    const untilNs = nowNs + leaseNs;
    this.#leases = this.#leases.map((lease) =>
      lease.fault.id === id ? { ...lease, untilNs } : lease,
    );
    return known;
  }

  /** Heal one fault, or all for null; what was open. */
  heal(id: string | null): readonly Lease[] {
    return this.#take(({ fault }) => id === null || fault.id === id);
  }

  /** Heal those whose lease has ended; what was open. */
  expire(nowNs: number): readonly Lease[] {
    return this.#take(({ untilNs }) => untilNs <= nowNs);
  }

  #take(isTaken: (lease: Lease) => boolean): readonly Lease[] {
    const taken = this.#leases.filter(isTaken);
    this.#leases = this.#leases.filter((lease) => !isTaken(lease));
    return taken;
  }
}

function assertLease(leaseNs: number): void {
  assert(
    leaseNs > 0 && leaseNs <= LEASE_NS_MAX,
    "a lease is longer than nothing and at most an hour",
  );
}
