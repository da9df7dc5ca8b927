// The hog: a program that touches anonymous memory, once to populate it and then pass after pass.
//
// Not modelled: computing on what it reads (a touch costs what the cache misses cost), huge pages.

import { assert } from "#base/assert.ts";
import type { Random } from "#base/random.ts";
import { PAGE_BYTES } from "#base/units.ts";
import type { AddressSpace } from "../mm/address-space.ts";
import type { Memory } from "../mm/memory.ts";
import { destroySpace } from "../mm/page-life.ts";
import { answer, CALL, NEXT, type Outcome, type Programs } from "../sched/program.ts";
import { type Frame, PF_KILLED, PF_OOM_VICTIM, type Task } from "../sched/task.ts";
import { WaitQueue } from "../sched/wait-queue.ts";
import type { AnonTask } from "../task-spec.ts";
import { TaskStats } from "./stats.ts";
import { touchOrFault } from "./touch-pages.ts";

/** A paced program sleeps this long at least and then does what has come due, as nanosleep() with its slack makes it. */
const PACE_NS = 1_000_000;

interface AnonFrame extends Frame {
  readonly type: "task.anon";
  readonly program: number;
  readonly space: number;
  phase: "populate" | "run";
  /** Page that is touched next. */
  index: number;
  /** Pages touched in this pass. */
  done: number;
  passes: number;
  /** When the next touch is due, in ns. */
  dueNs: number;
}

interface Hog {
  readonly spec: AnonTask;
  readonly stats: TaskStats;
  readonly random: Random;
}

export class AnonPrograms {
  readonly #memory: Memory;
  readonly #hogs: Hog[] = [];
  readonly #pace: WaitQueue;

  constructor(memory: Memory, programs: Programs) {
    this.#memory = memory;
    this.#pace = new WaitQueue(memory.parts.sched, "sleep");
    programs.add("task.anon", { step: (frame: AnonFrame, task: Task) => this.#step(frame, task) });
  }

  /** Start all instances of one hog; its memory is split evenly between them. */
  start(spec: AnonTask): TaskStats {
    const { sched } = this.#memory.parts;
    const pages = Math.floor(spec.sizeBytes / PAGE_BYTES / spec.count);
    const stats = new TaskStats({
      name: spec.name,
      isEndless: spec.loops === null,
      workingSetPages: pages * spec.count,
      instanceCount: spec.count,
    });
    const program =
      this.#hogs.push({ spec, stats, random: this.#memory.random.fork(`anon:${spec.name}`) }) - 1;
    for (let i = 0; i < spec.count; i++) {
      const space = this.#memory.addSpace(spec.name, pages, { mlocked: spec.locked });
      const frame: AnonFrame = {
        type: "task.anon",
        program,
        space: space.id,
        phase: "populate",
        index: 0,
        done: 0,
        passes: 0,
        dueNs: Math.max(this.#memory.nowNs, spec.startNs ?? 0),
      };
      sched.spawn(spec.name, 0, frame).spaceId = space.id;
    }
    return stats;
  }

  save(): AnonState {
    return { random: this.#hogs.map((hog) => hog.random.save()), pace: this.#pace.save() };
  }

  load(state: AnonState): void {
    state.random.forEach((saved, i) => {
      this.#hogs[i]?.random.load(saved);
    });
    this.#pace.load(state.pace);
  }

  #step(frame: AnonFrame, task: Task): Outcome {
    const hog = this.#hogs[frame.program];
    assert(hog !== undefined, "a frame names its program");
    const space = this.#memory.spaceOf(frame.space);
    if ((task.flags & (PF_OOM_VICTIM | PF_KILLED)) !== 0 || task.result < 0)
      return this.#end(hog, space, task, "killed");
    const { nowNs } = this.#memory;
    if (frame.dueNs > nowNs)
      return this.#pace.sleep(task, 0, Math.max(frame.dueNs - nowNs, PACE_NS));
    const access = frame.phase === "populate" ? hog.spec.populate : hog.spec.access;
    if (!touchOrFault(this.#memory, space, frame.index, access, task, hog.stats)) return CALL;
    hog.stats.noteTouches(1, nowNs, frame.phase);
    this.#advance(frame, hog, space, nowNs);
    const isDone = hog.spec.loops !== null && frame.passes >= hog.spec.loops;
    return isDone ? this.#end(hog, space, task, "finished") : NEXT;
  }

  #advance(
    frame: AnonFrame,
    { spec, stats, random }: Hog,
    space: AddressSpace,
    nowNs: number,
  ): void {
    frame.done++;
    if (frame.done === space.pageCount) {
      frame.done = 0;
      if (frame.phase === "run") {
        frame.passes++;
        stats.passes++;
      }
      frame.phase = "run";
    }
    const isRandom = frame.phase === "run" && spec.pattern === "random";
    frame.index = isRandom ? random.below(space.pageCount) : frame.done;
    if (spec.touchPerSec === null || frame.phase === "populate") return;
    // A machine that was too slow is not asked to catch up.
    const gapNs = Math.floor((1_000_000_000 * spec.count) / spec.touchPerSec);
    frame.dueNs = Math.max(frame.dueNs + gapNs, nowNs - PACE_NS);
  }

  #end({ stats }: Hog, space: AddressSpace, task: Task, how: "finished" | "killed"): Outcome {
    destroySpace(this.#memory, space);
    stats[how]++;
    stats.progressAtNs = this.#memory.nowNs;
    this.#memory.parts.trace.event("task.finish", this.#memory.nowNs, task.id);
    return answer(task, 0);
  }
}

export interface AnonState {
  readonly random: readonly (readonly [number, number])[];
  readonly pace: readonly number[];
}
