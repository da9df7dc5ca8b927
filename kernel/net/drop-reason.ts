// Why a packet was dropped: a closed list, each counted. Names follow enum skb_drop_reason (include/net/dropreason.h,
// 6.1) where it has one.

/** In the order of their numbers in the trace. */
export const dropReasons = [
  /** No receive descriptor with a buffer: the card dropped it unseen. */
  "rx-missed",
  /** The driver had no memory for the sk_buff or its data. */
  "rx-nomem",
  /** From the reserve, and for a socket the VM does not depend on. */
  "pfmemalloc",
  /** From the reserve, and of a protocol that may not use it. */
  "pfmemalloc-protocol",
  /** No socket for it. */
  "no-socket",
  "proto-mem",
  "socket-rcvbuff",
  "socket-backlog",
  "tcp-zerowindow",
  "tcp-overwindow",
  "tcp-old-data",
  "tcp-ofomerge",
  "tcp-ofo-queue-prune",
  "tcp-close",
  "listen-overflow",
  "listen-nomem",
  "frag-nomem",
  "frag-limit",
  "frag-timeout",
  "frag-evicted",
  "frag-duplicate",
  "neigh-queuefull",
  "neigh-failed",
  "route-nomem",
] as const;
export type DropReason = (typeof dropReasons)[number];

/** Numbers of the reasons, for the trace. */
export const dropNumber = Object.fromEntries(dropReasons.map((reason, number) => [reason, number]));

/** Drops since boot, by reason. */
export class DropCounts {
  readonly #counts = new Map<DropReason, number>();

  add(reason: DropReason): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  of(reason: DropReason): number {
    return this.#counts.get(reason) ?? 0;
  }

  /** Every reason with its count, in the order of the list. */
  entries(): readonly (readonly [DropReason, number])[] {
    return dropReasons.map((reason) => [reason, this.of(reason)] as const);
  }

  save(): readonly number[] {
    return dropReasons.map((reason) => this.of(reason));
  }

  load(counts: readonly number[]): void {
    dropReasons.forEach((reason, i) => {
      this.#counts.set(reason, counts[i] ?? 0);
    });
  }
}
