// Segments of one stream that arrive in one poll are put together before TCP sees them. Linux: net/core/gro.c,
// tcp_gro_receive() (net/ipv4/tcp_offload.c).
//
// A held skb waits for its successor: it goes up when that does not follow it, is shorter than the first, or carries PSH,
// and at the end of the poll at the latest. So senders that push every small write still arrive in pairs.
//
// Not modelled: hash collisions between more than eight streams a bucket (the oldest of GRO_HELD goes up instead),
// gro_flush_timeout (0 by default), UDP GRO (off by default).

import { mergeForGro } from "./coalesce.ts";
import { FRAME } from "./frame.ts";
import type { Skb } from "./skb.ts";
import type { SkbMemory } from "./skb-memory.ts";

/** GRO_HASH_BUCKETS × MAX_GRO_SKBS, include/linux/netdevice.h and net/core/gro.c. */
const GRO_HELD = 64;
/** GRO_LEGACY_MAX_SIZE, include/linux/netdevice.h. */
const GRO_BYTES_MAX = 65_536;

export class Gro {
  readonly #memory: SkbMemory;
  readonly #deliver: (skb: Skb) => void;
  /** By stream; in the order they came. */
  readonly #held = new Map<number, Skb>();

  constructor(memory: SkbMemory, deliver: (skb: Skb) => void) {
    this.#memory = memory;
    this.#deliver = deliver;
  }

  receive(skb: Skb): void {
    const { frame } = skb;
    const held = this.#held.get(frame.stream);
    if (frame.kind !== FRAME.data || frame.isFin) {
      if (held !== undefined) this.#release(held);
      this.#deliver(skb);
    } else if (held === undefined) this.#hold(skb);
    else this.#join(held, skb);
  }

  /** The end of a poll. */
  flush(): void {
    for (const skb of this.#held.values()) this.#deliver(skb);
    this.#held.clear();
  }

  #hold(skb: Skb): void {
    if (this.#held.size >= GRO_HELD)
      for (const oldest of this.#held.values()) {
        this.#release(oldest);
        break;
      }
    skb.seq = skb.frame.seq;
    skb.endSeq = skb.frame.seq + skb.lenBytes;
    skb.isPush = skb.frame.isPush;
    this.#held.set(skb.frame.stream, skb);
  }

  #join(held: Skb, skb: Skb): void {
    const { frame } = skb;
    const firstBytes = held.frame.lenBytes;
    const follows =
      frame.seq === held.endSeq &&
      frame.ack === held.frame.ack &&
      skb.pfmemalloc === held.pfmemalloc &&
      frame.lenBytes <= firstBytes &&
      held.lenBytes + frame.lenBytes < GRO_BYTES_MAX;
    if (!follows) {
      this.#release(held);
      this.#hold(skb);
      return;
    }
    mergeForGro(this.#memory, held, skb);
    held.endSeq = frame.seq + frame.lenBytes;
    held.isPush ||= frame.isPush;
    if (frame.lenBytes < firstBytes || frame.isPush) this.#release(held);
  }

  #release(skb: Skb): void {
    this.#held.delete(skb.frame.stream);
    this.#deliver(skb);
  }
}
