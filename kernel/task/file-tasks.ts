// Programs that read or dirty files through the page cache, page by page, pass after pass.
//
// Not modelled: requests of other sizes than a page, mapped files, what a writer computes.

import { assert } from "#base/assert.ts";
import type { Random } from "#base/random.ts";
import type { FileTask } from "../block/file-layout.ts";
import type { Storage } from "../block/storage.ts";
import { fileAccessFrame } from "../mm/file-access.ts";
import type { Memory } from "../mm/memory.ts";
import { balanceDirtyFrame, DIRTIED_PAUSE_PAGES } from "../mm/writeback.ts";
import { answer, call, type Outcome, type Programs } from "../sched/program.ts";
import type { Frame, Task } from "../sched/task.ts";
import { WaitQueue } from "../sched/wait-queue.ts";
import { TaskStats } from "./stats.ts";

interface FileTaskFrame extends Frame {
  readonly type: "task.file";
  readonly program: number;
  readonly file: number;
  readonly reader: number;
  at: "next" | "touched" | "balanced";
  /** Page that is touched next. */
  index: number;
  /** Pages touched in this pass. */
  done: number;
  passes: number;
  /** When the next touch is due, in ns. */
  dueNs: number;
  /** Pages dirtied since the limits were looked at. */
  dirtied: number;
}

interface FileProgram {
  readonly spec: FileTask;
  readonly stats: TaskStats;
  readonly random: Random;
  readonly device: number;
  readonly pagesEach: number;
}

export class FilePrograms {
  readonly #memory: Memory;
  readonly #storage: Storage;
  readonly #programs: FileProgram[] = [];
  readonly #pace: WaitQueue;

  constructor(memory: Memory, storage: Storage, programs: Programs) {
    this.#memory = memory;
    this.#storage = storage;
    this.#pace = new WaitQueue(memory.parts.sched, "sleep");
    programs.add("task.file", {
      step: (frame: FileTaskFrame, task: Task) => this.#step(frame, task),
    });
  }

  /** Start all instances, each with a file of its own. */
  start(spec: FileTask): TaskStats {
    const place = this.#storage.layout.places.get(spec.name);
    assert(place !== undefined, "every file has a place on a device");
    const { device, firstSlot, pagesEach } = place;
    const stats = new TaskStats({
      name: spec.name,
      isEndless: spec.loops === null,
      workingSetPages: pagesEach * spec.count,
      instanceCount: spec.count,
    });
    const random = this.#memory.random.fork(`file:${spec.name}`);
    const program = this.#programs.push({ spec, stats, random, device, pagesEach }) - 1;
    const { cache } = this.#storage;
    for (let i = 0; i < spec.count; i++) {
      const file = cache.add({
        name: spec.name,
        pageCount: pagesEach,
        device,
        firstSlot: firstSlot + i * pagesEach,
      });
      const frame: FileTaskFrame = {
        type: "task.file",
        program,
        file: file.id,
        reader: cache.open(),
        at: "next",
        index: 0,
        done: 0,
        passes: 0,
        dueNs: Math.max(this.#memory.nowNs, spec.startNs ?? 0),
        dirtied: 0,
      };
      this.#memory.parts.sched.spawn(spec.name, 0, frame);
    }
    return stats;
  }

  #step(frame: FileTaskFrame, task: Task): Outcome {
    const program = this.#programs[frame.program];
    assert(program !== undefined, "a frame names its program");
    switch (frame.at) {
      case "next":
        return this.#touch(program, frame, task);
      case "touched":
        return this.#touched(program, frame, task);
      case "balanced":
        frame.at = "next";
        return this.#touch(program, frame, task);
    }
  }

  #touch({ spec, stats }: FileProgram, frame: FileTaskFrame, task: Task): Outcome {
    const { nowNs } = this.#memory;
    if (spec.loops !== null && frame.passes >= spec.loops) {
      stats.finished++;
      stats.progressAtNs = nowNs;
      this.#memory.parts.trace.event("task.finish", nowNs, task.id);
      return answer(task, 0);
    }
    if (frame.dueNs > nowNs) return this.#pace.sleep(task, 0, frame.dueNs - nowNs);
    frame.at = "touched";
    const access = spec.kind === "file-reader" ? "read" : "write";
    return call(task, fileAccessFrame(frame, frame.index, access));
  }

  #touched(program: FileProgram, frame: FileTaskFrame, task: Task): Outcome {
    const { spec, stats, device } = program;
    if (task.result < 0) {
      stats.killed++;
      return answer(task, -1);
    }
    stats.noteTouches(1, this.#memory.nowNs, "run");
    this.#advance(program, frame);
    frame.at = "next";
    if (spec.kind === "file-writer" && ++frame.dirtied >= DIRTIED_PAUSE_PAGES) {
      frame.dirtied = 0;
      frame.at = "balanced";
      return call(task, balanceDirtyFrame(device));
    }
    return this.#touch(program, frame, task);
  }

  #advance({ spec, stats, random, pagesEach }: FileProgram, frame: FileTaskFrame): void {
    if (++frame.done === pagesEach) {
      frame.done = 0;
      frame.passes++;
      stats.passes++;
    }
    frame.index = spec.pattern === "random" ? random.below(pagesEach) : frame.done;
    if (spec.touchPerSec === null) return;
    // A machine that was too slow is not asked to catch up.
    const gapNs = Math.floor((1_000_000_000 * spec.count) / spec.touchPerSec);
    frame.dueNs = Math.max(frame.dueNs + gapNs, this.#memory.nowNs);
  }

  save(): FileTasksState {
    return { random: this.#programs.map(({ random }) => random.save()), pace: this.#pace.save() };
  }

  load(state: FileTasksState): void {
    state.random.forEach((saved, i) => {
      this.#programs[i]?.random.load(saved);
    });
    this.#pace.load(state.pace);
  }
}

export interface FileTasksState {
  readonly random: readonly (readonly [number, number])[];
  readonly pace: readonly number[];
}
