// A computation in steps: every rank writes some of its memory, computes, and waits for all others.
//
// All of its memory is anonymous and dirty, so there is never a clean page to be had; and one rank that waits for a page of
// swap holds up all. When a rank is killed the whole job ends, as MPI_Abort() has it.
//
// Not modelled: messages between ranks (they share the machine), ranks on other machines.

import { assert } from "#base/assert.ts";
import { PAGE_BYTES } from "#base/units.ts";
import type { Memory } from "../mm/memory.ts";
import { destroySpace } from "../mm/page-life.ts";
import { answer, CALL, NEXT, type Outcome, type Programs } from "../sched/program.ts";
import { type Frame, PF_OOM_VICTIM, type Task } from "../sched/task.ts";
import { WaitQueue } from "../sched/wait-queue.ts";
import type { MpiTask } from "../task-spec.ts";
import { TaskStats } from "./stats.ts";
import { touchOrFault } from "./touch-pages.ts";

/** CPU time that is used between two looks at the rest of the machine, in ns. */
const COMPUTE_NS = 20_000;

interface MpiFrame extends Frame {
  readonly type: "task.mpi";
  readonly program: number;
  readonly space: number;
  at: "populate" | "touch" | "compute" | "arrive" | "leave";
  /** Page that is touched next. */
  index: number;
  /** Touches left in this step. */
  touches: number;
  /** CPU time left in this step, in ns. */
  computeNs: number;
}

interface Job {
  readonly spec: MpiTask;
  readonly stats: TaskStats;
  /** Ranks that wait for the others; `what` is the step. */
  readonly barrier: WaitQueue;
  /** Ranks that are done with the present step. */
  arrived: number;
  step: number;
  aborted: boolean;
}

export class MpiPrograms {
  readonly #memory: Memory;
  readonly #jobs: Job[] = [];

  constructor(memory: Memory, programs: Programs) {
    this.#memory = memory;
    programs.add("task.mpi", { step: (frame: MpiFrame, task: Task) => this.#step(frame, task) });
  }

  start(spec: MpiTask): TaskStats {
    const { sched } = this.#memory.parts;
    const pages = Math.max(1, Math.floor(spec.sizeBytes / PAGE_BYTES / spec.ranks));
    const stats = new TaskStats({
      name: spec.name,
      isEndless: spec.steps === null,
      workingSetPages: pages * spec.ranks,
      instanceCount: spec.ranks,
    });
    const barrier = new WaitQueue(sched, "barrier");
    const job: Job = { spec, stats, barrier, arrived: 0, step: 0, aborted: false };
    const program = this.#jobs.push(job) - 1;
    for (let rank = 0; rank < spec.ranks; rank++) {
      const space = this.#memory.addSpace(spec.name, pages, { mlocked: spec.locked });
      const frame: MpiFrame = {
        type: "task.mpi",
        program,
        space: space.id,
        at: "populate",
        index: 0,
        touches: 0,
        computeNs: 0,
      };
      sched.spawn(spec.name, 0, frame).spaceId = space.id;
    }
    return stats;
  }

  #step(frame: MpiFrame, task: Task): Outcome {
    const job = this.#jobs[frame.program];
    assert(job !== undefined, "a frame names its program");
    if ((task.flags & PF_OOM_VICTIM) !== 0 || task.result < 0) this.#abort(job);
    if (job.aborted) return this.#end(job, frame, task, "killed");
    switch (frame.at) {
      case "populate":
        return this.#populate(job, frame, task);
      case "touch":
        return this.#touch(job, frame, task);
      case "compute":
        return compute(frame, task);
      case "arrive":
        return this.#arrive(job, frame, task);
      case "leave":
        return this.#leave(job, frame, task);
    }
  }

  #populate(job: Job, frame: MpiFrame, task: Task): Outcome {
    const space = this.#memory.spaceOf(frame.space);
    if (!touchOrFault(this.#memory, space, frame.index, "write", task, job.stats)) return CALL;
    job.stats.noteTouches(1, this.#memory.nowNs, "populate");
    if (++frame.index === space.pageCount) {
      frame.index = 0;
      frame.at = "arrive";
    }
    return NEXT;
  }

  #touch({ stats, spec }: Job, frame: MpiFrame, task: Task): Outcome {
    if (frame.touches === 0) {
      frame.computeNs = spec.perStep.cpuNs;
      frame.at = "compute";
      return NEXT;
    }
    const space = this.#memory.spaceOf(frame.space);
    if (!touchOrFault(this.#memory, space, frame.index, "write", task, stats)) return CALL;
    stats.noteTouches(1, this.#memory.nowNs, "run");
    frame.touches--;
    frame.index = frame.index + 1 === space.pageCount ? 0 : frame.index + 1;
    return NEXT;
  }

  /** The last rank to come lets all go on. */
  #arrive(job: Job, frame: MpiFrame, task: Task): Outcome {
    frame.at = "leave";
    if (++job.arrived < job.spec.ranks) return job.barrier.sleep(task, job.step);
    job.arrived = 0;
    job.step++;
    job.barrier.wakeAll();
    return NEXT;
  }

  /** Step 1 begins when all have populated: what is over after the first barrier is no step yet. */
  #leave(job: Job, frame: MpiFrame, task: Task): Outcome {
    const { spec, stats, step } = job;
    stats.passes = step - 1;
    if (spec.steps !== null && step > spec.steps) return this.#end(job, frame, task, "finished");
    frame.touches = spec.perStep.touchPages;
    frame.at = "touch";
    return NEXT;
  }

  #abort(job: Job): void {
    if (job.aborted) return;
    job.aborted = true;
    job.barrier.wakeAll();
  }

  #end({ stats }: Job, frame: MpiFrame, task: Task, how: "finished" | "killed"): Outcome {
    destroySpace(this.#memory, this.#memory.spaceOf(frame.space));
    stats[how]++;
    stats.progressAtNs = this.#memory.nowNs;
    this.#memory.parts.trace.event("task.finish", this.#memory.nowNs, task.id);
    return answer(task, 0);
  }

  save(): MpiState {
    return this.#jobs.map(({ barrier, arrived, step, aborted }) => ({
      barrier: barrier.save(),
      arrived,
      step,
      aborted,
    }));
  }

  load(state: MpiState): void {
    state.forEach((saved, i) => {
      const job = this.#jobs[i];
      assert(job !== undefined, "a state is loaded into the same jobs");
      job.barrier.load(saved.barrier);
      job.arrived = saved.arrived;
      job.step = saved.step;
      job.aborted = saved.aborted;
    });
  }
}

export type MpiState = readonly {
  readonly barrier: readonly number[];
  readonly arrived: number;
  readonly step: number;
  readonly aborted: boolean;
}[];

function compute(frame: MpiFrame, task: Task): Outcome {
  const usedNs = Math.min(frame.computeNs, COMPUTE_NS);
  task.costNs += usedNs;
  frame.computeNs -= usedNs;
  if (frame.computeNs === 0) frame.at = "arrive";
  return NEXT;
}
