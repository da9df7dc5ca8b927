// A layer around datagrams, as IPsec in tunnel mode: each takes a buffer of its own on its way out and in, for the outer
// header and the room that encryption needs. Linux 2.6.12: esp_output() and esp_input(), net/ipv4/esp4.c, by way of
// skb_cow_data() (GFP_ATOMIC).
//
// Whoever sends may be marked; the layer asks in its own name. Miller's objection to critical sockets (netdev, 2005-12): what
// is wrapped is not covered. Samudrala's patches mark what it asks for while receiving; `marked` is the remedy that is
// asked for next, in which it has the right of the socket it sends for.
//
// Where atomic memory is kept for marked sockets below a threshold (Miller's own form), a layer that is none gets nothing.
//
// Not modelled: TCP through it, keys, sequence numbers, the larger packet.

import { __GFP_MEMALLOC, GFP_ATOMIC, type Gfp } from "../mm/gfp.ts";
import { FRAME, Frame } from "./frame.ts";
import type { NetContext } from "./net-context.ts";
import type { SkbMemory } from "./skb-memory.ts";

export type EncapsulationKind = "none" | "plain" | "marked";

/** Outer IP header, ESP header, initial vector, padding and check value. */
const OUTER_BYTES = 73;

export class Encapsulation {
  readonly #context: NetContext;
  readonly #memory: SkbMemory;
  readonly #kind: EncapsulationKind;

  constructor(context: NetContext, memory: SkbMemory, kind: EncapsulationKind) {
    this.#context = context;
    this.#memory = memory;
    this.#kind = kind;
  }

  /** Whether a datagram of `lenBytes` can leave. */
  wrap(lenBytes: number, { memalloc }: { readonly memalloc: boolean }): boolean {
    if (this.#kind === "marked" && memalloc)
      return this.#passes(lenBytes, GFP_ATOMIC | __GFP_MEMALLOC);
    return this.#mayAsk(lenBytes) && this.#passes(lenBytes, GFP_ATOMIC);
  }

  /** Whether one that came can be looked into. */
  unwrap(lenBytes: number): boolean {
    const mayAsk = this.#kind === "marked" || this.#mayAsk(lenBytes);
    return mayAsk && this.#passes(lenBytes, this.#context.neighbourGfp(GFP_ATOMIC));
  }

  #mayAsk(lenBytes: number): boolean {
    if (this.#kind === "none" || this.#context.mayLayerAsk) return true;
    this.#context.countDrop("encap-nomem", lenBytes);
    return false;
  }

  /** The buffer is gone again as soon as the packet is: on the wire, or at its socket. */
  #passes(lenBytes: number, gfp: Gfp): boolean {
    if (this.#kind === "none") return true;
    const outer = new Frame(FRAME.datagram, 0, -1);
    const skb = this.#memory.alloc(outer, lenBytes + OUTER_BYTES, gfp);
    if (skb === null) {
      this.#context.countDrop("encap-nomem", lenBytes);
      return false;
    }
    this.#memory.free(skb);
    return true;
  }
}
