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
  /** What wraps a packet had no memory for it. */
  "encap-nomem",
  /** More of the machine's own packets than netdev_max_backlog wait for a softirq. */
  "cpu-backlog",
] as const;
export type DropReason = (typeof dropReasons)[number];

/** Numbers of the reasons, for the trace. */
export const dropNumber = Object.fromEntries(dropReasons.map((reason, number) => [reason, number]));

/** What a socket has already: to drop it loses nothing. */
const repeats: ReadonlySet<DropReason> = new Set(["tcp-old-data", "tcp-ofomerge"]);

/** Drops since boot, by reason. */
export class DropCounts {
  /** The packet at hand is for a socket the VM depends on (SOCK_MEMALLOC); set from demux until it is dealt with. */
  isForMarked = false;
  /** Drops of such packets that lost something. */
  ofMarked = 0;
  readonly #counts = new Map<DropReason, number>();

  add(reason: DropReason): void {
    if (this.isForMarked && !repeats.has(reason)) this.ofMarked++;
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  of(reason: DropReason): number {
    return this.#counts.get(reason) ?? 0;
  }

  /** Every reason with its count, in the order of the list. */
  entries(): readonly (readonly [DropReason, number])[] {
    return dropReasons.map((reason) => [reason, this.of(reason)] as const);
  }

  save(): DropCountsState {
    return { ofMarked: this.ofMarked, counts: dropReasons.map((reason) => this.of(reason)) };
  }

  load({ ofMarked, counts }: DropCountsState): void {
    this.ofMarked = ofMarked;
    dropReasons.forEach((reason, i) => {
      this.#counts.set(reason, counts[i] ?? 0);
    });
  }
}

export interface DropCountsState {
  readonly ofMarked: number;
  /** In the order of the list. */
  readonly counts: readonly number[];
}
