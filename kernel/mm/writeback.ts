// Dirty pages of files on their way out: the flusher thread of each device, and what makes writers wait.
// Linux: balance_dirty_pages(), mm/page-writeback.c; wb_writeback(), fs/fs-writeback.c (pdflush in 2.6.12).
//
// 2.6.12 makes a writer over the limit write as many pages as it dirtied, and half as many more. Since 3.2 writers write
// nothing: they pause, the longer the nearer the limit, and at the limit until the flusher has brought the count down.
//
// Not modelled: the bandwidth estimate that paces writers between the two limits (the pause grows linearly with the
// position instead), fairness between writers, sync(), pdflush's pool of two to eight (one thread for each device).

import { fromMs, fromS } from "#base/units.ts";
import { COST } from "../costs.ts";
import { answer, call, NEXT, type Outcome } from "../sched/program.ts";
import { type Frame, PF_OOM_VICTIM, type Task } from "../sched/task.ts";
import { WaitQueue } from "../sched/wait-queue.ts";
import { type DirtyLimits, dirtyLimits } from "./dirty-limits.ts";
import type { Memory } from "./memory.ts";
import type { CachedFile, PageCache } from "./page-cache.ts";
import { PG_LOCKED } from "./page-frames.ts";
import { has, lockPage, unlockPage } from "./page-life.ts";

/** vm.dirty_writeback_centisecs: the flusher looks round every 5 s. */
const PERIOD_NS = fromS(5);
/** vm.dirty_expire_centisecs: what has been dirty for 30 s is written. */
const EXPIRE_NS = fromS(30);
/** MAX_WRITEBACK_PAGES, fs/fs-writeback.c: of one file at a time. */
const CHUNK_PAGES = 1024;
/** MAX_PAUSE, mm/page-writeback.c: HZ / 5. */
const PAUSE_NS_MAX = fromMs(200);
/** Shortest sleep that is worth it: init_dirty_pause and the tick of 4 ms at HZ = 250. */
const PAUSE_NS_MIN = fromMs(4);
/** congestion_wait(), blk_congestion_wait(WRITE, HZ / 10). */
const CONGESTION_NS = fromMs(100);
/** Pages a writer may dirty before it looks at the limits: 128 KiB (tsk->nr_dirtied_pause at first). */
export const DIRTIED_PAUSE_PAGES = 32;

export interface WritePagesFrame extends Frame {
  readonly type: "mm.writePages";
  readonly device: number;
  /** Only files that have been dirty since before this instant, in ns; null: all. */
  readonly expiredNs: number | null;
  left: number;
  written: number;
  pfn: number;
  at: "next" | "wrote" | "unplugged";
}

export interface FlusherFrame extends Frame {
  readonly type: "mm.flusher";
  readonly device: number;
  at: "rest" | "wrote";
  /** Pages that reclaim has asked for. */
  asked: number;
}

export interface BalanceDirtyFrame extends Frame {
  readonly type: "mm.balanceDirty";
  readonly device: number;
  at: "look" | "wrote" | "paused";
  written: number;
}

const writePages = (
  device: number,
  left: number,
  expiredNs: number | null = null,
): WritePagesFrame => ({
  type: "mm.writePages",
  device,
  expiredNs,
  left,
  written: 0,
  pfn: -1,
  at: "next",
});

export const flusherFrame = (device: number): FlusherFrame => ({
  type: "mm.flusher",
  device,
  at: "rest",
  asked: 0,
});

export const balanceDirtyFrame = (device: number): BalanceDirtyFrame => ({
  type: "mm.balanceDirty",
  device,
  at: "look",
  written: 0,
});

export class Writeback {
  readonly #memory: Memory;
  readonly #cache: PageCache;
  /** Flushers between two rounds; `what` is the device. */
  readonly #idle: WaitQueue;
  /** Writers that are held back. */
  readonly #writers: WaitQueue;
  /** Pages that reclaim wants of each device and its flusher has not heard of. */
  readonly #asked: number[] = [];

  constructor(memory: Memory, cache: PageCache) {
    this.#memory = memory;
    this.#cache = cache;
    this.#idle = new WaitQueue(memory.parts.sched, "work");
    this.#writers = new WaitQueue(memory.parts.sched, "dirty-throttle");
    memory.wakeFlusher = (pages) => this.#wake(pages);
    const { programs } = memory.parts;
    programs.add("mm.writePages", {
      step: (frame: WritePagesFrame, task: Task) => this.#writePages(frame, task),
    });
    programs.add("mm.flusher", {
      step: (frame: FlusherFrame, task: Task) => this.#flush(frame, task),
    });
    programs.add("mm.balanceDirty", {
      step: (frame: BalanceDirtyFrame, task: Task) => this.#balance(frame, task),
    });
  }

  /** Reclaim meets dirty pages only: have them written. */
  #wake(pages: number): void {
    if (this.#cache.dirtyPages === 0) return;
    this.#asked.forEach((asked, device) => {
      this.#asked[device] = Math.max(asked, pages);
    });
    this.#idle.wakeAll();
  }

  #filesOf(device: number): readonly CachedFile[] {
    return this.#cache.files.filter((file) => file.spec.device === device);
  }

  #writePages(frame: WritePagesFrame, task: Task): Outcome {
    switch (frame.at) {
      case "next":
        return this.#writeNext(frame, task);
      case "wrote":
        frame.at = "next";
        if (task.result < 0) {
          // Refused: the device is full, and the page stays as it is.
          if (has(this.#memory, frame.pfn, PG_LOCKED)) unlockPage(this.#memory, frame.pfn);
          frame.left = 0;
        } else frame.written++;
        return NEXT;
      case "unplugged":
        return answer(task, frame.written);
    }
  }

  #writeNext(frame: WritePagesFrame, task: Task): Outcome {
    task.costNs += COST.scanPageNs;
    const pfn = frame.left > 0 ? this.#nextDirty(frame) : -1;
    if (pfn < 0) {
      frame.at = "unplugged";
      return call(task, { type: "block.unplug" });
    }
    frame.left--;
    frame.pfn = pfn;
    frame.at = "wrote";
    lockPage(this.#memory, pfn);
    return call(task, { type: "file.write", pfn, at: "bio" });
  }

  #nextDirty({ device, expiredNs }: WritePagesFrame): number {
    for (const file of this.#filesOf(device)) {
      if (expiredNs !== null && file.dirtiedAtNs > expiredNs) continue;
      const pfn = this.#cache.nextDirty(file);
      if (pfn >= 0) return pfn;
    }
    return -1;
  }

  /** One round after the other while there is reason to, then rest. */
  #flush(frame: FlusherFrame, task: Task): Outcome {
    task.costNs += COST.switchNs;
    const isStuck = frame.at === "wrote" && task.result === 0;
    frame.asked = isStuck ? 0 : Math.max(0, frame.asked - (frame.at === "wrote" ? task.result : 0));
    frame.at = "rest";
    const work = isStuck ? null : this.#reason(frame);
    if (work === null) return this.#idle.sleep(task, frame.device, PERIOD_NS);
    frame.at = "wrote";
    return call(task, work);
  }

  #reason(frame: FlusherFrame): WritePagesFrame | null {
    const { device } = frame;
    frame.asked = Math.max(frame.asked, this.#asked[device] ?? 0);
    this.#asked[device] = 0;
    if (this.#cache.dirtyPages > dirtyLimits(this.#memory).backgroundPages || frame.asked > 0)
      return writePages(device, CHUNK_PAGES);
    const expiredNs = this.#memory.nowNs - EXPIRE_NS;
    const isDue = this.#filesOf(device).some(
      (file) => file.dirtyPages > 0 && file.dirtiedAtNs <= expiredNs,
    );
    return isDue ? writePages(device, CHUNK_PAGES, expiredNs) : null;
  }

  #balance(frame: BalanceDirtyFrame, task: Task): Outcome {
    task.costNs += COST.syscallNs;
    if ((task.flags & PF_OOM_VICTIM) !== 0) return answer(task, -1);
    const limits = dirtyLimits(this.#memory);
    const outcome =
      this.#memory.parts.era === "2.6.12"
        ? this.#balanceOld(frame, task, limits)
        : this.#balanceNew(frame, task, limits);
    if (outcome !== null) return outcome;
    if (this.#cache.dirtyPages > limits.backgroundPages) this.#idle.wakeAll();
    return answer(task, 0);
  }

  /** Dirty pages and those being written, of files and of swap alike. */
  get #pendingPages(): number {
    return this.#cache.dirtyPages + this.#memory.writebackPages;
  }

  /** 2.6.12: who is over the limit writes a chunk himself, then waits for the device and looks again. */
  #balanceOld(frame: BalanceDirtyFrame, task: Task, { limitPages }: DirtyLimits): Outcome | null {
    const chunkPages = DIRTIED_PAUSE_PAGES + DIRTIED_PAUSE_PAGES / 2;
    if (frame.at === "wrote") frame.written += task.result;
    const hasWritten = frame.at === "wrote";
    frame.at = "look";
    if (this.#pendingPages <= limitPages || frame.written >= chunkPages) return null;
    if (!hasWritten && this.#cache.dirtyPages > 0) {
      frame.at = "wrote";
      return call(task, writePages(frame.device, chunkPages));
    }
    return this.#writers.sleep(task, frame.device, CONGESTION_NS);
  }

  /** Since 3.2: free up to the middle of the two limits; then a pause that grows to MAX_PAUSE, and again at the limit. */
  #balanceNew(frame: BalanceDirtyFrame, task: Task, limits: DirtyLimits): Outcome | null {
    const freePages = Math.floor((limits.limitPages + limits.backgroundPages) / 2);
    const pending = this.#pendingPages;
    if (pending <= freePages) return null;
    if (frame.at === "paused" && pending < limits.limitPages) return null;
    frame.at = "paused";
    this.#idle.wakeAll();
    const span = Math.max(1, limits.limitPages - freePages);
    const share = Math.min(pending - freePages, span);
    const pauseNs = Math.max(PAUSE_NS_MIN, Math.floor((PAUSE_NS_MAX * share) / span));
    return this.#writers.sleep(task, frame.device, pauseNs);
  }

  save(): WritebackState {
    return { idle: this.#idle.save(), writers: this.#writers.save(), asked: [...this.#asked] };
  }

  load(state: WritebackState): void {
    this.#idle.load(state.idle);
    this.#writers.load(state.writers);
    this.#asked.splice(0, this.#asked.length, ...state.asked);
  }
}

export interface WritebackState {
  readonly idle: readonly number[];
  readonly writers: readonly number[];
  readonly asked: readonly number[];
}
