// A driver's receive buffers: how one is taken, and how the packet in it becomes an skb.
//
// Linux 6.1: drivers/net/ethernet/intel/e1000e/netdev.c, e1000/e1000_main.c, ixgbe/ixgbe_main.c, drivers/net/virtio_net.c.

import { __GFP_MEMALLOC, GFP_ATOMIC, GFP_KERNEL, type Gfp } from "../mm/gfp.ts";
import type { DriverProfile } from "./drivers.ts";
import type { Frame } from "./frame.ts";
import type { NetContext } from "./net-context.ts";
import { FragCache } from "./page-frag.ts";
import { cacheAlign, NO_REF, SHARED_INFO_BYTES, SKB_PAD_BYTES, type Skb } from "./skb.ts";
import type { Head, SkbMemory } from "./skb-memory.ts";

/** Who wants a buffer: the driver coming up, a poll, or a work item in process context. */
export type RefillContext = "boot" | "poll" | "work";

export interface RxBuffer {
  readonly head: Head;
  /** The sk_buff that was allocated with it; NO_REF for classes that build it later. */
  readonly structRef: number;
}

/** Ethernet header and VLAN tag, and the checksum. */
const LINK_BYTES = 22;
/** struct virtio_net_hdr_mrg_rxbuf. */
const VIRTIO_HEADER_BYTES = 12;
/** GOOD_COPY_LEN, drivers/net/virtio_net.c. */
const VIRTIO_COPY_BYTES = 128;

export class RxBuffers {
  readonly #context: NetContext;
  readonly #memory: SkbMemory;
  readonly #driver: DriverProfile;
  readonly #bufferBytes: number;
  /** virtio's and ixgbe's own block. */
  readonly #own: FragCache;

  constructor(
    context: NetContext,
    memory: SkbMemory,
    spec: { driver: DriverProfile; mtu: number },
  ) {
    this.#context = context;
    this.#memory = memory;
    this.#driver = spec.driver;
    const isJumbo = spec.mtu > 1500;
    this.#bufferBytes = isJumbo ? cacheAlign(spec.mtu + LINK_BYTES) : spec.driver.bufferBytes;
    const maxOrder = spec.driver.rxClass === "page_frag_refill" ? context.era.fragOrder : 0;
    this.#own = new FragCache(memory.blocks, { maxOrder, kind: "refill", sticks: true });
  }

  /** A buffer for the ring; null when there is no memory that this driver may have. */
  take(by: RefillContext): RxBuffer | null {
    if (!this.#context.era.hasPageFrags)
      return this.#pair(this.#bufferBytes, by === "boot" ? bootGfp : GFP_ATOMIC);
    switch (this.#driver.rxClass) {
      case "netdev_alloc_skb":
        return this.#netdev(by);
      case "napi_alloc_skb": {
        const head = this.#memory.napiHead(this.#bufferBytes, this.#context.rxGfp(GFP_ATOMIC));
        if (head === null) return null;
        return this.#pairUp(head, this.#memory.receiveStruct(by === "boot" ? "slab" : "napi"));
      }
      case "napi_alloc_frag":
        return bare(this.#memory.fragHead(this.#fullBytes(), GFP_ATOMIC));
      case "page_frag_refill":
        return bare(this.#ownHead(by === "poll" ? GFP_ATOMIC : GFP_KERNEL));
      case "dev_alloc_page":
        return bare(this.#ownHead(GFP_ATOMIC | __GFP_MEMALLOC));
    }
  }

  give(buffer: RxBuffer): void {
    this.#memory.freeHead(buffer.head.ref);
    if (buffer.structRef !== NO_REF) this.#memory.freeStruct(buffer.structRef);
  }

  /** Give the block that is being cut back too. */
  drain(): void {
    this.#own.drain();
  }

  /** Whether the frame is small enough to be copied, so that its buffer can stay where it is. */
  isCopied(frame: Frame): boolean {
    return frame.wireBytes <= this.#driver.copybreakBytes;
  }

  /** A small skb with a copy of the frame. */
  copy(frame: Frame): Skb | null {
    const bytes = this.#driver.rxClass === "page_frag_refill" ? VIRTIO_COPY_BYTES : frame.wireBytes;
    if (!this.#context.era.hasPageFrags) {
      const pair = this.#pair(bytes, GFP_ATOMIC);
      return pair === null ? null : this.#memory.join(frame, pair.structRef, pair.head);
    }
    const head = this.#memory.napiHead(bytes, this.#context.rxGfp(GFP_ATOMIC));
    if (head === null) return null;
    const skb = this.#memory.build(frame, head, "napi");
    if (skb === null) this.#memory.freeHead(head.ref);
    return skb;
  }

  /** The skb that takes the buffer itself; null, and the buffer is still the caller's, without memory for a struct. */
  wrap(frame: Frame, buffer: RxBuffer): Skb | null {
    if (buffer.structRef !== NO_REF) return this.#memory.join(frame, buffer.structRef, buffer.head);
    if (this.#driver.rxClass === "page_frag_refill") return this.#wrapVirtio(frame, buffer);
    return this.#memory.build(frame, buffer.head, "napi");
  }

  /** What a full-sized buffer takes, shared info included. Linux: e1000_frag_len(). */
  #fullBytes(): number {
    return cacheAlign(this.#bufferBytes + SKB_PAD_BYTES) + SHARED_INFO_BYTES;
  }

  #netdev(by: RefillContext): RxBuffer | null {
    // GFP_KERNEL at boot makes __netdev_alloc_skb() take kmalloc memory: a ring's first buffers cost 128 bytes more.
    if (by === "boot") {
      const head = this.#memory.kmallocHead(this.#bufferBytes + SKB_PAD_BYTES, bootGfp);
      return this.#withStruct(head, bootGfp);
    }
    const head = this.#memory.napiHead(this.#bufferBytes, this.#context.rxGfp(GFP_ATOMIC));
    return this.#withStruct(head, GFP_ATOMIC);
  }

  /**
   * Head and struct, both within the marks or, if that fails and receiving has the right, both from the reserve.
   * Linux 2.6.12: __dev_alloc_skb(); Zijlstra, 2007: __alloc_skb() with SKB_ALLOC_RX.
   */
  #pair(bytes: number, gfp: Gfp): RxBuffer | null {
    const plain = this.#withStruct(this.#memory.napiHead(bytes, gfp), GFP_ATOMIC);
    const rxGfp = this.#context.rxGfp(gfp);
    if (plain !== null || rxGfp === gfp) return plain;
    const reserved = this.#withStruct(this.#memory.reserveHead(bytes, rxGfp), rxGfp);
    if (reserved !== null) this.#context.chargeDevice();
    return reserved;
  }

  #withStruct(head: Head | null, gfp: Gfp): RxBuffer | null {
    return head === null ? null : this.#pairUp(head, this.#memory.allocStruct(gfp));
  }

  #pairUp(head: Head, structRef: number | null): RxBuffer | null {
    if (structRef !== null) return { head, structRef };
    this.#memory.freeHead(head.ref);
    return null;
  }

  #ownHead(gfp: Gfp): Head | null {
    const block = this.#own.allocWithHole(this.#bufferBytes, gfp);
    if (block === null) return null;
    const pfmemalloc =
      this.#context.receive.marksPackets && this.#memory.blocks.isPfmemalloc(block);
    return { ref: -1 - block, bytes: this.#own.lastBytes, isFrag: true, pfmemalloc };
  }

  /** Linux: page_to_skb(). The struct goes around the buffer if its tail has room for the shared info. */
  #wrapVirtio(frame: Frame, buffer: RxBuffer): Skb | null {
    const { head } = buffer;
    const tailBytes = head.bytes - VIRTIO_HEADER_BYTES - frame.wireBytes;
    if (tailBytes >= SHARED_INFO_BYTES) return this.#memory.build(frame, head, "slab");
    const skb = this.copy(frame);
    if (skb === null) return null;
    skb.frags = [-1 - head.ref];
    skb.truesizeBytes += head.bytes;
    skb.linearBytes = 0;
    skb.pfmemalloc ||= head.pfmemalloc;
    return skb;
  }

  save(): readonly [number, number] {
    return this.#own.save();
  }

  load(state: readonly [number, number]): void {
    this.#own.load(state);
  }
}

/** At boot memory is plentiful; nothing here may sleep. */
const bootGfp = GFP_KERNEL;

const bare = (head: Head | null): RxBuffer | null =>
  head === null ? null : { head, structRef: NO_REF };
