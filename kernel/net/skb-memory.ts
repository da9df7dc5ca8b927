// Where sk_buffs and their heads come from, and where they go.
//
// The struct and its data are two allocations with two different rights: data may come from the reserve when the driver
// asks so, the struct that wraps a page fragment never may (build_skb() passes plain GFP_ATOMIC in all versions).
// Linux: net/core/skbuff.c.

import { assert } from "#base/assert.ts";
import { __GFP_MEMALLOC, __GFP_NOMEMALLOC, __GFP_NOWARN, GFP_ATOMIC, type Gfp } from "../mm/gfp.ts";
import type { Current } from "../sched/current.ts";
import { PF_MEMALLOC } from "../sched/task.ts";
import type { Frame } from "./frame.ts";
import type {
  FrameFlags,
  PacketReserve,
  PageSource,
  SlabCacheSource,
  SlabSource,
} from "./memory.ts";
import { NapiStructs, type NapiStructsState } from "./napi-structs.ts";
import type { NetEra } from "./net-era.ts";
import { FragBlocks, type FragBlocksState, FragCache } from "./page-frag.ts";
import {
  cacheAlign,
  FCLONE_BYTES,
  kmallocClass,
  NO_REF,
  SHARED_INFO_BYTES,
  SKB_PAD_BYTES,
  SKB_STRUCT_BYTES,
  Skb,
} from "./skb.ts";
import type { TxSkb } from "./tx-skb.ts";

/** Largest request that a quarter page serves: SKB_WITH_OVERHEAD(1024). */
const SMALL_HEAD_BYTES = 1024 - SHARED_INFO_BYTES;
/** Largest request that a page fragment serves: SKB_WITH_OVERHEAD(PAGE_SIZE). */
const FRAG_HEAD_BYTES = 4096 - SHARED_INFO_BYTES;
/** Headroom that __dev_alloc_skb() adds in 2.6.12. */
const OLD_PAD_BYTES = 16;

/** Where an sk_buff comes from and goes to: what NAPI keeps, or the slab. */
export type StructSource = "napi" | "slab";

/** Memory for one head, before there is an sk_buff around it. */
export interface Head {
  readonly ref: number;
  /** All of it, shared info included. */
  readonly bytes: number;
  readonly isFrag: boolean;
  readonly pfmemalloc: boolean;
}

export interface SkbMemoryParts {
  readonly pages: PageSource;
  readonly slab: SlabSource;
  readonly frames: FrameFlags;
  readonly current: Current;
  readonly era: NetEra;
  /** Whether an skb remembers that its memory came from the reserve; the receive policy says so. */
  readonly marksPackets: boolean;
  /** What packets taken from the reserve are charged to; null: to nothing. */
  readonly reserve: PacketReserve | null;
}

export class SkbMemory {
  readonly blocks: FragBlocks;
  readonly #slab: SlabSource;
  readonly #current: Current;
  readonly #era: NetEra;
  readonly #marksPackets: boolean;
  readonly #reserve: PacketReserve | null;
  /** What each head taken from the reserve was charged, in bytes, by its reference. */
  readonly #charges = new Map<number, number>();
  readonly #structs: SlabCacheSource;
  readonly #fclones: SlabCacheSource;
  readonly #napiStructs: NapiStructs;
  /** The NAPI context's fragment cache; drivers of one machine share it. */
  readonly #napi: FragCache;
  readonly #small: FragCache;
  /** Heads that receiving took from what is left for it, in bytes of their kmalloc classes, until they are freed. */
  reserveHeldBytes = 0;
  /** Of objects that skbs share, how many hold each besides the first; by its reference. */
  readonly #shares = new Map<number, number>();
  /** sk_buffs alive, for the test that nothing leaks. */
  liveSkbs = 0;

  constructor(parts: SkbMemoryParts) {
    this.blocks = new FragBlocks(parts.pages, parts.frames);
    this.#slab = parts.slab;
    this.#current = parts.current;
    this.#era = parts.era;
    this.#marksPackets = parts.marksPackets;
    this.#reserve = parts.reserve;
    this.#structs = parts.slab.cache("skbuff_head_cache", SKB_STRUCT_BYTES);
    this.#fclones = parts.slab.cache("skbuff_fclone_cache", FCLONE_BYTES);
    this.#napiStructs = new NapiStructs(this.#structs, parts.current);
    const sticks = parts.era.fragsStickToReserve;
    this.#napi = new FragCache(this.blocks, {
      maxOrder: parts.era.fragOrder,
      kind: "page_frag",
      sticks,
    });
    this.#small = new FragCache(this.blocks, { maxOrder: 0, kind: "page_frag", sticks });
  }

  /** A kmalloc'd head for `bytes` of packet, and an sk_buff. Linux: __alloc_skb(). */
  alloc(frame: Frame, bytes: number, gfp: Gfp): Skb | null {
    const structRef = this.#structs.alloc(gfp);
    if (structRef === null) return null;
    const head = this.kmallocHead(bytes, gfp);
    if (head === null) {
      this.#structs.free(structRef);
      return null;
    }
    return this.#around(frame, structRef, head);
  }

  /** An sk_buff around `head`; null, and the head is still the caller's, without memory. Linux: build_skb(), napi_build_skb(). */
  build(frame: Frame, head: Head, from: StructSource): Skb | null {
    const structRef = this.receiveStruct(from);
    return structRef === null ? null : this.#around(frame, structRef, head);
  }

  /** An sk_buff around `head` that was allocated together with it at boot. */
  allocStruct(gfp: Gfp): number | null {
    return this.#structs.alloc(gfp);
  }

  receiveStruct(from: StructSource): number | null {
    const isKept = from === "napi" && this.#era.keepsNapiStructs;
    return isKept ? this.#napiStructs.get() : this.#structs.alloc(GFP_ATOMIC);
  }

  freeStruct(ref: number): void {
    this.#structs.free(ref);
  }

  allocFclone(gfp: Gfp): number | null {
    return this.#fclones.alloc(gfp);
  }

  freeFclone(ref: number): void {
    if (!this.#unshare(ref)) this.#fclones.free(ref);
  }

  /** Another skb with the same head and fragments; the struct lies beside the first's (skb_clone() of an fclone). */
  clone(frame: Frame, sent: TxSkb): Skb {
    this.#share(sent.structRef);
    this.#share(sent.headRef);
    const skb = new Skb(frame);
    skb.isClone = true;
    skb.structRef = sent.structRef;
    skb.headRef = sent.headRef;
    skb.headTruesizeBytes = sent.truesizeBytes - sent.lenBytes;
    skb.truesizeBytes = sent.truesizeBytes;
    skb.lenBytes = sent.lenBytes;
    skb.frags = [...sent.blocks];
    skb.pfmemalloc = sent.pfmemalloc;
    for (const block of sent.blocks) {
      this.blocks.get(block);
      // skb_fill_page_desc(): a page of the reserve makes a packet of it.
      skb.pfmemalloc ||= this.#marksPackets && this.blocks.isPfmemalloc(block);
    }
    this.liveSkbs++;
    return skb;
  }

  /** Put a struct and a head that were allocated before together. */
  join(frame: Frame, structRef: number, head: Head): Skb {
    return this.#around(frame, structRef, head);
  }

  /** What NAPI drivers take for a packet of `bytes`. Linux: napi_alloc_skb(); netdev_alloc_skb() before there was one. */
  napiHead(bytes: number, gfp: Gfp): Head | null {
    const padded = bytes + SKB_PAD_BYTES;
    const era = this.#era;
    if (!era.hasPageFrags) return this.kmallocHead(bytes + OLD_PAD_BYTES, gfp);
    if (era.hasSmallFrags && padded <= SMALL_HEAD_BYTES) return this.#cut(this.#small, 1024, gfp);
    if (padded > FRAG_HEAD_BYTES) return this.kmallocHead(padded, gfp);
    return this.#cut(this.#napi, cacheAlign(padded) + SHARED_INFO_BYTES, gfp);
  }

  /** A fragment of exactly `bytes`, shared info included. Linux: napi_alloc_frag(). */
  fragHead(bytes: number, gfp: Gfp): Head | null {
    return this.#cut(this.#napi, bytes, gfp);
  }

  /** kmalloc, first within the marks and only then from the reserve. Linux: kmalloc_reserve(). */
  kmallocHead(bytes: number, gfp: Gfp): Head | null {
    const size = kmallocClass(cacheAlign(bytes) + SHARED_INFO_BYTES);
    const charged = this.#era.countsSharedInfo ? size : cacheAlign(bytes);
    if (!this.#marksPackets) return this.#slabHead(this.#slab.kmalloc(size, gfp), charged);
    const ref = this.#slab.kmalloc(size, gfp | __GFP_NOMEMALLOC | __GFP_NOWARN);
    if (ref !== null || !this.#mayDig(gfp)) return this.#slabHead(ref, charged);
    const reserveRef = this.#slab.kmalloc(size, gfp);
    if (reserveRef === null) return null;
    return { ref: reserveRef, bytes: charged, isFrag: false, pfmemalloc: true };
  }

  /** What receiving may take when nothing else is left: charged, where there is anything to charge it to. */
  reserveHead(bytes: number, gfp: Gfp): Head | null {
    const size = kmallocClass(cacheAlign(bytes + OLD_PAD_BYTES) + SHARED_INFO_BYTES);
    if (this.#reserve?.charge(size) === false) return null;
    const ref = this.#slab.kmalloc(size, gfp);
    if (ref === null) {
      this.#reserve?.uncharge(size);
      return null;
    }
    this.#charges.set(ref, size);
    this.reserveHeldBytes += size;
    const charged = this.#era.countsSharedInfo ? size : cacheAlign(bytes + OLD_PAD_BYTES);
    return { ref, bytes: charged, isFrag: false, pfmemalloc: this.#marksPackets };
  }

  freeHead(ref: number): void {
    if (this.#unshare(ref)) return;
    if (ref >= 0) this.#freeObject(ref);
    else if (ref !== NO_REF) this.blocks.put(-1 - ref);
  }

  /** Give back all that an skb holds. */
  free(skb: Skb, to: StructSource = "slab"): void {
    assert(skb.structRef !== NO_REF, "an skb is freed once");
    this.freeHead(skb.headRef);
    skb.headRef = NO_REF;
    const { frags, list } = skb;
    if (frags !== null) for (const block of frags) this.blocks.put(block);
    if (list !== null) for (const part of list) this.free(part);
    skb.frags = null;
    skb.list = null;
    this.forget(skb, to);
  }

  /** Give back the struct alone: the rest went to another skb. */
  forget(skb: Skb, to: StructSource): void {
    if (skb.isClone) this.freeFclone(skb.structRef);
    else if (to === "napi" && this.#era.keepsNapiStructs) this.#napiStructs.put(skb.structRef);
    else this.#structs.free(skb.structRef);
    skb.structRef = NO_REF;
    this.liveSkbs--;
  }

  /** Give back the blocks that are being cut up and hold no buffer: what a driver does when it goes down. */
  drain(): void {
    this.#napi.drain();
    this.#small.drain();
    this.#napiStructs.drain();
  }

  /** Free before the charge is taken off: who is let in by that finds memory there. Zijlstra: kfree_reserve(). */
  #freeObject(ref: number): void {
    this.#slab.kfree(ref);
    const bytes = this.#charges.get(ref);
    if (bytes === undefined) return;
    this.#charges.delete(ref);
    this.reserveHeldBytes -= bytes;
    this.#reserve?.uncharge(bytes);
  }

  #share(ref: number): void {
    this.#shares.set(ref, (this.#shares.get(ref) ?? 0) + 1);
  }

  /** Whether somebody else holds it still; then that is one less. */
  #unshare(ref: number): boolean {
    const others = this.#shares.get(ref);
    if (others === undefined) return false;
    if (others > 1) this.#shares.set(ref, others - 1);
    else this.#shares.delete(ref);
    return true;
  }

  #mayDig(gfp: Gfp): boolean {
    if ((gfp & __GFP_NOMEMALLOC) !== 0) return false;
    return (gfp & __GFP_MEMALLOC) !== 0 || (this.#current.processFlags & PF_MEMALLOC) !== 0;
  }

  #slabHead(ref: number | null, bytes: number): Head | null {
    return ref === null ? null : { ref, bytes, isFrag: false, pfmemalloc: false };
  }

  #cut(cache: FragCache, bytes: number, gfp: Gfp): Head | null {
    const block = cache.alloc(bytes, gfp);
    if (block === null) return null;
    const pfmemalloc = this.#marksPackets && this.blocks.isPfmemalloc(block);
    return { ref: -1 - block, bytes, isFrag: true, pfmemalloc };
  }

  #around(frame: Frame, structRef: number, head: Head): Skb {
    const skb = new Skb(frame);
    skb.structRef = structRef;
    skb.headRef = head.ref;
    skb.headTruesizeBytes = head.bytes + SKB_STRUCT_BYTES;
    skb.truesizeBytes = skb.headTruesizeBytes;
    skb.isHeadFrag = head.isFrag;
    skb.pfmemalloc = head.pfmemalloc;
    skb.lenBytes = frame.lenBytes;
    skb.linearBytes = frame.lenBytes;
    const room = head.bytes - SHARED_INFO_BYTES - SKB_PAD_BYTES - frame.wireBytes;
    skb.tailroomBytes = Math.max(0, room);
    this.liveSkbs++;
    return skb;
  }

  save(): SkbMemoryState {
    return {
      blocks: this.blocks.save(),
      napi: this.#napi.save(),
      small: this.#small.save(),
      napiStructs: this.#napiStructs.save(),
      liveSkbs: this.liveSkbs,
      charges: [...this.#charges],
      shares: [...this.#shares],
    };
  }

  load(state: SkbMemoryState): void {
    this.blocks.load(state.blocks);
    this.#napi.load(state.napi);
    this.#small.load(state.small);
    this.#napiStructs.load(state.napiStructs);
    this.liveSkbs = state.liveSkbs;
    this.#shares.clear();
    for (const [ref, others] of state.shares) this.#shares.set(ref, others);
    this.#charges.clear();
    this.reserveHeldBytes = 0;
    for (const [ref, bytes] of state.charges) {
      this.#charges.set(ref, bytes);
      this.reserveHeldBytes += bytes;
    }
  }
}

export interface SkbMemoryState {
  readonly blocks: FragBlocksState;
  readonly napi: readonly [number, number];
  readonly small: readonly [number, number];
  readonly napiStructs: NapiStructsState;
  readonly liveSkbs: number;
  readonly charges: readonly (readonly [number, number])[];
  readonly shares: readonly (readonly [number, number])[];
}
