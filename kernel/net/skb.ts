// A packet in memory: an sk_buff, its head, and the page fragments behind it.
//
// lenBytes is what it carries, truesizeBytes is what it costs: a small message in a full-sized receive buffer costs
// twenty times what it carries, and that ratio is what fills a machine's memory. Bytes are not here: a segment of a
// stream says which bytes it is by their sequence numbers, a datagram points at its bytes.
// Linux: include/linux/skbuff.h, net/core/skbuff.c.
//
// Not modelled: headroom and header pulling beyond what coalescing needs, clones but those of the loopback device.

import type { Frame } from "./frame.ts";

/** sizeof(struct sk_buff) as its cache gives it out, x86-64. */
export const SKB_STRUCT_BYTES = 256;
/** Two sk_buffs and a counter: struct sk_buff_fclones. */
export const FCLONE_BYTES = 512;
/** Room for struct skb_shared_info at the end of a head, aligned. */
export const SHARED_INFO_BYTES = 320;
/** NET_SKB_PAD. */
export const SKB_PAD_BYTES = 64;
/** MAX_SKB_FRAGS. */
export const MAX_SKB_FRAGS = 17;
/** No memory reference. Slab objects are ≥ 0, blocks are < 0 and small. */
export const NO_REF = Number.MIN_SAFE_INTEGER;

/** What a head of n bytes costs with all that belongs to it. Linux: SKB_TRUESIZE(). */
export const skbTruesize = (bytes: number): number => bytes + SKB_STRUCT_BYTES + SHARED_INFO_BYTES;

/** Round up to a cache line. Linux: SKB_DATA_ALIGN(). */
export const cacheAlign = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** The kmalloc class an object of `bytes` lies in. Linux: kmalloc_size_roundup(); 96 and 192 are never asked for here. */
export function kmallocClass(bytes: number): number {
  let size = 64;
  while (size < bytes) size *= 2;
  return size;
}

export class Skb {
  /** The sk_buff struct, a slab object; NO_REF once it was given back while its memory lives on in another skb. */
  structRef = NO_REF;
  /** The linear head: ≥ 0 a slab object, < 0 a block of page fragments. */
  headRef = NO_REF;
  /** What the head and struct cost, in bytes. */
  headTruesizeBytes = 0;
  truesizeBytes = 0;
  /** Payload, in bytes: data behind the TCP or UDP header. */
  lenBytes = 0;
  /** Of these, how many lie in the head. */
  linearBytes = 0;
  /** Room behind the payload in the head; nobody can use it once there are fragments. */
  tailroomBytes = 0;
  /** It shares struct, head and fragments with an skb that was sent. */
  isClone = false;
  /** The head is a page fragment that another skb may take over. */
  isHeadFrag = false;
  /** Its memory came from the reserve. */
  pfmemalloc = false;
  /** Blocks behind the head, each with a reference of ours. */
  frags: number[] | null = null;
  /** Whole skbs behind it. Linux: frag_list. */
  list: Skb[] | null = null;
  /** What came over the wire. */
  readonly frame: Frame;
  /** First byte, and the byte after the last; of a stream. */
  seq = 0;
  endSeq = 0;
  isFin = false;
  isPush = false;
  /** Segments that GRO put together here. */
  segments = 1;

  constructor(frame: Frame) {
    this.frame = frame;
  }

  get fragCount(): number {
    return this.frags === null ? 0 : this.frags.length;
  }
}
