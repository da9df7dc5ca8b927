// Hogs that a fault puts beside a machine's own programs: ordinary processes that write their memory again and again, and
// are killed when the fault heals. No statistics of the workload count them.
//
// Not modelled: sleeps that a fatal signal ends, other than between two touches. One that waits for a page, or for memory,
// dies when it has got out of that.

import { PAGE_BYTES } from "#base/units.ts";
import type { Hog } from "../events.ts";
import type { Memory } from "../mm/memory.ts";
import { PF_KILLED } from "../sched/task.ts";
import type { AnonPrograms } from "./anon.ts";
import type { TaskStats } from "./stats.ts";

/** What the tasks of a hog are called; no program of a scenario can have a dot in its name. */
const nameOf = (id: string): string => `mem.hog:${id}`;

export const isIntruder = ({ name }: { readonly name: string }): boolean =>
  name.startsWith(nameOf(""));

export class Intruders {
  readonly #memory: Memory;
  readonly #anon: AnonPrograms;
  readonly #stats: TaskStats[] = [];

  constructor(memory: Memory, anon: AnonPrograms) {
    this.#memory = memory;
    this.#anon = anon;
  }

  /** Pages they have written, each time counted. */
  get writtenPages(): number {
    return this.#stats.reduce((sum, { progressPages }) => sum + progressPages, 0);
  }

  start(id: string, { pages, touchPerSec }: Hog): void {
    const stats = this.#anon.start({
      kind: "anon",
      name: nameOf(id),
      count: 1,
      sizeBytes: pages * PAGE_BYTES,
      pattern: "linear",
      populate: "write",
      access: "write",
      touchPerSec,
      loops: null,
      startNs: null,
      locked: false,
    });
    this.#stats.push(stats);
  }

  /** SIGKILL. */
  kill(id: string): void {
    const { sched } = this.#memory.parts;
    for (const task of sched.tasks()) {
      if (task.name !== nameOf(id) || task.state === "finished") continue;
      task.flags |= PF_KILLED;
      if (task.stack.length === 1) sched.wake(task);
    }
  }

  save(): readonly ReturnType<TaskStats["save"]>[] {
    return this.#stats.map((stats) => stats.save());
  }

  load(state: readonly ReturnType<TaskStats["save"]>[]): void {
    state.forEach((saved, i) => {
      this.#stats[i]?.load(saved);
    });
  }
}
