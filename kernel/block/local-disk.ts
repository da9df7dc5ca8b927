// A disk inside the machine, for files that lie on no server: it needs no network and never fails.
//
// Not modelled: seeks (an SSD), a write cache, sizes of requests (a page each), its driver's own memory.

import { COST } from "../costs.ts";
import { bytesOf } from "../mm/content.ts";
import type { Memory } from "../mm/memory.ts";
import { PG_UPTODATE } from "../mm/page-frames.ts";
import { set, unlockPage } from "../mm/page-life.ts";
import { answer, type Outcome } from "../sched/program.ts";
import type { Task } from "../sched/task.ts";
import { TIMER } from "../sched/timers.ts";
import { WaitQueue } from "../sched/wait-queue.ts";
import type { FileStore } from "./file-store.ts";
import type { SubmitFrame } from "./submit.ts";

/** A SATA SSD takes about 100 us for 4 KiB (Intel X25 data sheets: 65 to 115 us). */
const ANSWER_NS = 100_000;
/** Native command queueing: 32 commands (Serial ATA 2.5, 13.5). */
const DEPTH = 32;

const NOTHING = new Uint8Array(4096);

export class LocalDisk {
  readonly #memory: Memory;
  readonly #store: FileStore;
  readonly #tagWait: WaitQueue;
  /** What each of its pages holds, by place: owner, index and version. */
  readonly #pages = new Map<number, readonly [number, number, number]>();
  /** Writes under way, by frame: what was sent. */
  readonly #writing = new Map<number, readonly [number, number, number]>();
  inFlight = 0;

  constructor(memory: Memory, store: FileStore) {
    this.#memory = memory;
    this.#store = store;
    this.#tagWait = new WaitQueue(memory.parts.sched, "tag");
    memory.parts.timers.on(TIMER.disk, (pfn, isWrite) => this.#end(pfn, isWrite === 1));
  }

  get writingPages(): number {
    return this.#writing.size;
  }

  get isCongested(): boolean {
    return this.inFlight >= DEPTH;
  }

  /** Send one page. */
  step(frame: SubmitFrame, task: Task): Outcome {
    const { pfn } = frame;
    const isWrite = frame.type === "file.write";
    if (isWrite && this.#store.refuses(task)) return answer(task, -1);
    if (this.isCongested) return this.#tagWait.sleep(task, 0);
    task.costNs += COST.submitNs;
    this.inFlight++;
    if (isWrite) {
      const { frames } = this.#memory.parts;
      this.#store.startWrite(pfn);
      this.#writing.set(pfn, [
        frames.mapping[pfn] ?? -1,
        frames.index[pfn] ?? -1,
        frames.stamp[pfn] ?? 0,
      ]);
    }
    this.#store.noteSubmitted(isWrite ? "write" : "read", pfn);
    const { timers } = this.#memory.parts;
    timers.set(timers.nowNs + ANSWER_NS, TIMER.disk, pfn, isWrite ? 1 : 0);
    return answer(task, 0);
  }

  #end(pfn: number, isWrite: boolean): void {
    this.inFlight--;
    const place = this.#store.slotOf(pfn);
    this.#store.noteDone(isWrite ? "write" : "read", pfn, 1);
    if (isWrite) {
      const written = this.#writing.get(pfn);
      if (written !== undefined) this.#pages.set(place, written);
      this.#writing.delete(pfn);
      this.#store.endWrite(pfn, false);
    } else {
      const held = this.#pages.get(place);
      this.#store.check(pfn, place, held === undefined ? NOTHING : bytesOf(...held));
      set(this.#memory, pfn, PG_UPTODATE);
      unlockPage(this.#memory, pfn);
    }
    this.#tagWait.wakeOne();
    if (isWrite) this.#memory.writeEnded(1);
  }

  save(): LocalDiskState {
    return {
      pages: [...this.#pages],
      writing: [...this.#writing],
      inFlight: this.inFlight,
      tagWait: this.#tagWait.save(),
    };
  }

  load(state: LocalDiskState): void {
    this.#pages.clear();
    for (const [place, page] of state.pages) this.#pages.set(place, page);
    this.#writing.clear();
    for (const [pfn, page] of state.writing) this.#writing.set(pfn, page);
    this.inFlight = state.inFlight;
    this.#tagWait.load(state.tagWait);
  }
}

export interface LocalDiskState {
  readonly pages: readonly (readonly [number, readonly [number, number, number]])[];
  readonly writing: readonly (readonly [number, readonly [number, number, number]])[];
  readonly inFlight: number;
  readonly tagWait: readonly number[];
}
