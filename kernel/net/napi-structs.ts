// The sk_buffs that NAPI keeps for itself on each CPU. Linux: struct napi_alloc_cache, napi_skb_cache_get(),
// napi_skb_cache_put(), net/core/skbuff.c (5.13).
//
// When there are none left it takes sixteen from the slab at once or, where there are not sixteen, none at all
// (kmem_cache_alloc_bulk()). So at the floor of atomic requests a driver that takes its sk_buffs here gets not even the
// fifteen that the slab has left, and who takes them one by one does.
//
// Not modelled: sk_buffs that come here when a card has sent them (napi_consume_skb() of e1000 and ixgbe).

import { GFP_ATOMIC } from "../mm/gfp.ts";
import type { Current } from "../sched/current.ts";
import type { SlabCacheSource } from "./memory.ts";

/** NAPI_SKB_CACHE_SIZE, and NAPI_SKB_CACHE_HALF, which go back to the slab when there are as many. */
const SIZE = 64;
const HALF = SIZE / 2;
/** NAPI_SKB_CACHE_BULK. */
const BULK = 16;

export class NapiStructs {
  readonly #slab: SlabCacheSource;
  readonly #current: Current;
  /** By CPU; the last one goes first. */
  #kept: number[][] = [];

  constructor(slab: SlabCacheSource, current: Current) {
    this.#slab = slab;
    this.#current = current;
  }

  get(): number | null {
    const kept = this.#ofCpu();
    if (kept.length === 0) this.#takeBulk(kept);
    return kept.pop() ?? null;
  }

  put(ref: number): void {
    const kept = this.#ofCpu();
    kept.push(ref);
    if (kept.length < SIZE) return;
    for (const back of kept.splice(HALF)) this.#slab.free(back);
  }

  /** Give all of them back. */
  drain(): void {
    for (const kept of this.#kept) for (const ref of kept.splice(0)) this.#slab.free(ref);
  }

  #takeBulk(kept: number[]): void {
    while (kept.length < BULK) {
      const ref = this.#slab.alloc(GFP_ATOMIC);
      if (ref !== null) {
        kept.push(ref);
        continue;
      }
      for (const taken of kept.splice(0)) this.#slab.free(taken);
      return;
    }
  }

  #ofCpu(): number[] {
    const { cpu } = this.#current;
    const kept = this.#kept[cpu] ?? [];
    this.#kept[cpu] = kept;
    return kept;
  }

  save(): NapiStructsState {
    return Array.from(this.#kept, (kept) => [...(kept ?? [])]);
  }

  load(state: NapiStructsState): void {
    this.#kept = state.map((kept) => [...kept]);
  }
}

export type NapiStructsState = readonly (readonly number[])[];
