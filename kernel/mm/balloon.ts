// A balloon: pages that a host is made to do without, as a hypervisor takes them from its guest.
// Linux: drivers/virtio/virtio_balloon.c (fill_balloon(), leak_balloon()).
//
// Its thread takes page after page from the allocator. It reclaims for them as anybody does, but gives up early and leaves
// the reserve alone; where it gets none it tries again later. It gives back in the same way, so a thread that is stuck in
// reclaim when it is told to gives nothing back until it gets out.
//
// Not modelled: moving its pages for compaction, filling in batches of 256, deflating when memory is short
// (VIRTIO_BALLOON_F_DEFLATE_ON_OOM, off unless a host offers it).

import { asPfn, fromMs } from "#base/units.ts";
import { COST } from "../costs.ts";
import { answer, call, NEXT, type Outcome } from "../sched/program.ts";
import { type Frame, PF_KTHREAD, type Task } from "../sched/task.ts";
import { WaitQueue } from "../sched/wait-queue.ts";
import { allocFrame } from "./alloc-slow.ts";
import { __GFP_NOMEMALLOC, __GFP_NORETRY, __GFP_NOWARN, GFP_HIGHUSER_MOVABLE } from "./gfp.ts";
import type { Memory } from "./memory.ts";
import { PAGE_KIND } from "./page-frames.ts";

/** balloon_page_alloc(), mm/balloon_compaction.c. */
const BALLOON_GFP = GFP_HIGHUSER_MOVABLE | __GFP_NOMEMALLOC | __GFP_NORETRY | __GFP_NOWARN;
/** fill_balloon() sleeps so long where it gets no page. */
const NAP_NS = fromMs(200);

interface BalloonFrame extends Frame {
  readonly type: "mm.balloon";
  at: "next" | "got";
}

export class Balloon {
  readonly #memory: Memory;
  readonly #nap: WaitQueue;
  #pfns: number[] = [];
  #targetPages = 0;
  /** Whether there is a thread that brings it to its size. */
  #isAtWork = false;
  /** Pages it has ever taken. */
  takenPages = 0;

  constructor(memory: Memory) {
    this.#memory = memory;
    this.#nap = new WaitQueue(memory.parts.sched, "sleep");
    memory.parts.programs.add("mm.balloon", {
      step: (frame: BalloonFrame, task: Task) => this.#step(frame, task),
    });
  }

  /** Pages it holds. */
  get pages(): number {
    return this.#pfns.length;
  }

  /** From now on it is to hold so many pages; its thread takes or gives what is amiss. */
  resize(targetPages: number): void {
    const { sched, trace } = this.#memory.parts;
    trace.event("balloon.change", this.#memory.nowNs, targetPages);
    this.#targetPages = targetPages;
    if (this.#isAtWork || this.pages === targetPages) return;
    this.#isAtWork = true;
    const frame: BalloonFrame = { type: "mm.balloon", at: "next" };
    sched.spawn("vballoon", PF_KTHREAD, frame);
  }

  #step(frame: BalloonFrame, task: Task): Outcome {
    if (frame.at === "got") return this.#got(frame, task);
    if (this.pages > this.#targetPages) return this.#giveBack(task);
    if (this.pages < this.#targetPages) {
      frame.at = "got";
      return call(task, allocFrame(0, BALLOON_GFP, PAGE_KIND.kernel));
    }
    this.#isAtWork = false;
    return answer(task, 0);
  }

  #got(frame: BalloonFrame, task: Task): Outcome {
    frame.at = "next";
    if (task.result < 0) return this.#nap.sleep(task, 0, NAP_NS);
    this.#pfns.push(task.result);
    this.takenPages++;
    return NEXT;
  }

  #giveBack(task: Task): Outcome {
    const pfn = this.#pfns.pop();
    task.costNs += COST.allocNs;
    if (pfn !== undefined) this.#memory.parts.pages.free(asPfn(pfn));
    return NEXT;
  }

  save(): BalloonState {
    return {
      pfns: Int32Array.from(this.#pfns),
      targetPages: this.#targetPages,
      isAtWork: this.#isAtWork,
      takenPages: this.takenPages,
      nap: this.#nap.save(),
    };
  }

  load(state: BalloonState): void {
    this.#pfns = [...state.pfns];
    this.#targetPages = state.targetPages;
    this.#isAtWork = state.isAtWork;
    this.takenPages = state.takenPages;
    this.#nap.load(state.nap);
  }
}

export interface BalloonState {
  readonly pfns: Int32Array;
  readonly targetPages: number;
  readonly isAtWork: boolean;
  readonly takenPages: number;
  readonly nap: readonly number[];
}
