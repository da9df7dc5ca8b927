// A driver's receive buffers: how one is taken, and how the packet in it becomes an skb.
//
// Linux 6.1: drivers/net/ethernet/intel/e1000e/netdev.c, e1000/e1000_main.c, ixgbe/ixgbe_main.c, nvidia/forcedeth.c,
// drivers/net/virtio_net.c.

import { assert } from "#base/assert.ts";
import { __GFP_MEMALLOC, GFP_ATOMIC, GFP_KERNEL, type Gfp } from "../mm/gfp.ts";
import { type DriverProfile, type FrameSplit, STANDARD_MTU_BYTES } from "./drivers.ts";
import type { Frame } from "./frame.ts";
import type { NetContext } from "./net-context.ts";
import { FragCache } from "./page-frag.ts";
import { cacheAlign, NO_REF, SHARED_INFO_BYTES, SKB_PAD_BYTES, type Skb } from "./skb.ts";
import type { Head, SkbMemory } from "./skb-memory.ts";

/** Who wants a buffer: the driver coming up, a poll, or a work item in process context. */
export type RefillContext = "boot" | "poll" | "work";

export interface RxBuffer {
  /** NO_HEAD where it is allocated when there is a frame. */
  readonly head: Head;
  /** The sk_buff that was allocated with it; NO_REF for classes that build it later. */
  readonly structRef: number;
  /** Blocks with a piece for what the head does not hold, each with a reference of ours; null for one-headed frames. */
  readonly pieces: readonly number[] | null;
}

const NO_HEAD: Head = { ref: NO_REF, bytes: 0, isFrag: false, pfmemalloc: false };

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
  /** How a frame is split, and into how many pieces the largest; null: it is not. */
  readonly #split: FrameSplit | null;
  readonly #pieceCount: number;
  /** virtio's and ixgbe's own block. */
  readonly #own: FragCache;
  /** Pieces that the last frames had no use for: the next buffers take them. */
  #sparePieces: number[] = [];

  constructor(
    context: NetContext,
    memory: SkbMemory,
    spec: { driver: DriverProfile; mtu: number },
  ) {
    this.#context = context;
    this.#memory = memory;
    this.#driver = spec.driver;
    const moreBytes = Math.max(0, spec.mtu - STANDARD_MTU_BYTES);
    const { jumbo, bufferBytes } = spec.driver;
    assert(moreBytes === 0 || jumbo !== null, "the driver takes frames of this MTU");
    this.#split = moreBytes > 0 && jumbo !== "one-head" ? jumbo : null;
    this.#pieceCount = Math.ceil((spec.mtu + LINK_BYTES) / (this.#split?.pieceBytes ?? Infinity));
    this.#bufferBytes = this.#split?.headBytes ?? bufferBytes + moreBytes;
    const maxOrder = spec.driver.rxClass === "page_frag_refill" ? context.era.fragOrder : 0;
    this.#own = new FragCache(memory.blocks, { maxOrder, kind: "refill", sticks: true });
  }

  /** A buffer for the ring; null when there is no memory that this driver may have. */
  take(by: RefillContext): RxBuffer | null {
    if (this.#split !== null) return this.#takeSplit(by, this.#split);
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
    for (const piece of buffer.pieces ?? []) this.#memory.blocks.put(piece);
  }

  /** Give the block that is being cut back too. */
  drain(): void {
    for (const piece of this.#sparePieces.splice(0)) this.#memory.blocks.put(piece);
    this.#own.drain();
  }

  /** Whether the frame is small enough to be copied, so that its buffer can stay where it is. */
  isCopied(frame: Frame): boolean {
    return this.#split === null && frame.wireBytes <= this.#driver.copybreakBytes;
  }

  /** A small skb with a copy of the frame. */
  copy(frame: Frame): Skb | null {
    const bytes = this.#driver.rxClass === "page_frag_refill" ? VIRTIO_COPY_BYTES : frame.wireBytes;
    return this.#small(frame, bytes);
  }

  /** The skb that takes the buffer itself; null, and the buffer is still the caller's, without memory for a struct. */
  wrap(frame: Frame, buffer: RxBuffer): Skb | null {
    if (this.#split !== null) return this.#wrapSplit(frame, buffer, this.#split);
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

  /** Pieces first, so that what fails most is asked for before a head is taken. */
  #takeSplit(by: RefillContext, split: FrameSplit): RxBuffer | null {
    const pieces: number[] = this.#sparePieces.splice(0, this.#pieceCount);
    while (pieces.length < this.#pieceCount) {
      const piece = this.#piece(by, split);
      if (piece === null) return this.#giveUp(pieces);
      pieces.push(piece);
    }
    if (split.head === "late") return { head: NO_HEAD, structRef: NO_REF, pieces };
    const buffer = this.#context.era.hasPageFrags
      ? this.#netdev(by)
      : this.#pair(split.headBytes, by === "boot" ? bootGfp : GFP_ATOMIC);
    return buffer === null ? this.#giveUp(pieces) : { ...buffer, pieces };
  }

  /** What was had stays for the next try, as in descriptors that are half filled. */
  #giveUp(pieces: readonly number[]): null {
    this.#sparePieces.push(...pieces);
    return null;
  }

  /** A block with room for a piece: the driver's own, or a page. */
  #piece(by: RefillContext, { pieceBytes }: FrameSplit): number | null {
    switch (this.#driver.rxClass) {
      case "page_frag_refill":
        return this.#own.alloc(pieceBytes, by === "poll" ? GFP_ATOMIC : GFP_KERNEL);
      case "dev_alloc_page":
        return this.#own.alloc(pieceBytes, GFP_ATOMIC | __GFP_MEMALLOC);
      default: {
        // alloc_page(): without the right that netdev_alloc_skb() has.
        const block = this.#memory.blocks.take(0, by === "boot" ? bootGfp : GFP_ATOMIC);
        return block < 0 ? null : block;
      }
    }
  }

  /** The skb takes as many pieces as the frame fills; a small frame takes none. */
  #wrapSplit(frame: Frame, buffer: RxBuffer, split: FrameSplit): Skb | null {
    const skb = this.#headed(frame, buffer, split);
    if (skb === null) return null;
    const pieces = [...(buffer.pieces ?? [])];
    const isSmall = frame.wireBytes <= split.headBytes;
    const used = pieces.splice(0, isSmall ? 0 : Math.ceil(frame.lenBytes / split.pieceBytes));
    this.#sparePieces.push(...pieces);
    if (used.length === 0) return skb;
    const { receive } = this.#context;
    skb.frags = used;
    skb.truesizeBytes += used.length * split.pieceBytes;
    skb.linearBytes = 0;
    skb.tailroomBytes = 0;
    skb.pfmemalloc ||=
      receive.marksPackets && used.some((block) => this.#memory.blocks.isPfmemalloc(block));
    return skb;
  }

  #headed(frame: Frame, { head, structRef }: RxBuffer, split: FrameSplit): Skb | null {
    if (structRef !== NO_REF) return this.#memory.join(frame, structRef, head);
    return this.#small(frame, split.headBytes);
  }

  /** An skb with a small head of its own. Linux: napi_alloc_skb(). */
  #small(frame: Frame, bytes: number): Skb | null {
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

  #withStruct(head: Head | null, gfp: Gfp): RxBuffer | null {
    return head === null ? null : this.#pairUp(head, this.#memory.allocStruct(gfp));
  }

  #pairUp(head: Head, structRef: number | null): RxBuffer | null {
    if (structRef !== null) return { head, structRef, pieces: null };
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

  save(): RxBuffersState {
    return { own: this.#own.save(), sparePieces: [...this.#sparePieces] };
  }

  load(state: RxBuffersState): void {
    this.#own.load(state.own);
    this.#sparePieces = [...state.sparePieces];
  }
}

export interface RxBuffersState {
  readonly own: readonly [number, number];
  readonly sparePieces: readonly number[];
}

/** At boot memory is plentiful; nothing here may sleep. */
const bootGfp = GFP_KERNEL;

const bare = (head: Head | null): RxBuffer | null =>
  head === null ? null : { head, structRef: NO_REF, pieces: null };
