// Where bios come from: the slab, and when that refuses, a pool for the whole machine, of two unless said. Linux: mm/mempool.c,
// block/bio.c (fs_bio_set, BIO_POOL_SIZE).
//
// mempool_alloc() never lets a request ignore the marks, not even kswapd's. Below the min mark swap goes out two pages at
// a time, and who comes third sleeps until one of them is answered: the first place where many machines stand still.

import { asPfn, fromS } from "#base/units.ts";
import { allocFrame } from "../mm/alloc-slow.ts";
import { __GFP_NOMEMALLOC, __GFP_NORETRY, __GFP_NOWARN, GFP_NOIO, GFP_NOWAIT } from "../mm/gfp.ts";
import type { Memory } from "../mm/memory.ts";
import { PAGE_KIND } from "../mm/page-frames.ts";
import type { SlabCacheKind } from "../mm/slab.ts";
import { answer, call, type Outcome } from "../sched/program.ts";
import { type Frame, PF_MEMALLOC, type Task } from "../sched/task.ts";
import { WaitQueue } from "../sched/wait-queue.ts";

/** An element of the pool rather than of the slab. */
export const POOL_BIO = -2;
/** mempool_alloc()'s first try: no wait, and nothing from the reserve. */
export const BIO_GFP = GFP_NOWAIT | __GFP_NOMEMALLOC | __GFP_NORETRY | __GFP_NOWARN;
/** A struct bio with its four inline vectors, x86-64. */
const BIO_BYTES = 192;

export interface BioFrame extends Frame {
  readonly type: "block.bio";
  at: "try" | "reclaimed" | "unplugged";
}

export class BioPool {
  readonly #cache: SlabCacheKind;
  readonly #memory: Memory;
  readonly #wait: WaitQueue;
  /** Bios that are kept: BIO_POOL_SIZE. */
  readonly size: number;
  #elements: number;

  constructor(memory: Memory, size: number) {
    this.#memory = memory;
    this.size = size;
    this.#elements = size;
    this.#cache = memory.parts.slab.cache("bio", BIO_BYTES);
    this.#wait = new WaitQueue(memory.parts.sched, "bio");
  }

  /** mempool_alloc(): slab without a wait, pool, slab with reclaim, sleep up to 5 s, again. */
  step(frame: BioFrame, task: Task): Outcome {
    if (frame.at === "reclaimed" && task.result >= 0)
      this.#memory.parts.pages.free(asPfn(task.result));
    const bio = this.#cache.alloc(BIO_GFP);
    if (bio !== null) return answer(task, bio);
    if (this.#elements > 0) {
      this.#elements--;
      return answer(task, POOL_BIO);
    }
    return this.#waitForOne(frame, task);
  }

  #waitForOne(frame: BioFrame, task: Task): Outcome {
    if (frame.at === "try" && (task.flags & PF_MEMALLOC) === 0) {
      frame.at = "reclaimed";
      return call(task, allocFrame(0, GFP_NOIO | __GFP_NOMEMALLOC | __GFP_NORETRY, PAGE_KIND.slab));
    }
    if (frame.at !== "unplugged") {
      // The bios one waits for may be one's own, in requests that are held back.
      frame.at = "unplugged";
      return call(task, { type: "block.unplug" });
    }
    frame.at = "try";
    return this.#wait.sleep(task, 0, fromS(5));
  }

  /** Whether one could be had now, without a wait. It is kept: ask a copy of the machine. */
  couldAlloc(): boolean {
    return this.#elements > 0 || this.#cache.alloc(BIO_GFP) !== null;
  }

  free(bio: number): void {
    if (bio !== POOL_BIO) this.#cache.free(bio);
    else this.#elements++;
    this.#wait.wakeOne();
  }

  save(): { readonly elements: number; readonly wait: readonly number[] } {
    return { elements: this.#elements, wait: this.#wait.save() };
  }

  load(state: ReturnType<BioPool["save"]>): void {
    this.#elements = state.elements;
    this.#wait.load(state.wait);
  }
}
