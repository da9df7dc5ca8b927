// What a program of ours has of memory: its own, all of which it needs in each of its rounds, and the page of the kernel's
// that a call of its sleeps for.

import { asPfn, PAGE_BYTES } from "#base/units.ts";
import type { AddressSpace } from "../mm/address-space.ts";
import { allocFrame } from "../mm/alloc-slow.ts";
import { touchNext } from "../mm/fault.ts";
import { GFP_KERNEL } from "../mm/gfp.ts";
import type { Memory } from "../mm/memory.ts";
import { PAGE_KIND } from "../mm/page-frames.ts";
import { destroySpace } from "../mm/page-life.ts";
import { call, type Outcome } from "../sched/program.ts";
import type { Task } from "../sched/task.ts";

export class ProgramMemory {
  readonly #memory: Memory;
  #space: AddressSpace | null = null;
  /** Whether it has been written once; from then on it is read. */
  isPopulated = false;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** The address space that its tasks are of; -1 before there is one. */
  get spaceId(): number {
    return this.#space?.id ?? -1;
  }

  /** A page at least. */
  open(
    name: string,
    { memoryBytes, locked }: { readonly memoryBytes: number; readonly locked: boolean },
  ): void {
    const pages = Math.max(1, Math.floor(memoryBytes / PAGE_BYTES));
    this.#space = this.#memory.addSpace(name, pages, { mlocked: locked, oomImmune: locked });
  }

  /** The next page of it; null: that was all. See touchNext(). */
  touch(frame: { index: number }, task: Task): Outcome | null {
    const space = this.#space;
    const access = this.isPopulated ? "read" : "write";
    const touched = space === null ? null : touchNext(this.#memory, frame, task, { space, access });
    if (touched === null) this.isPopulated = true;
    return touched;
  }

  /** Of its pages only those from `frame.index` up to `endPage`; null: that was all. */
  touchSome(
    frame: { index: number },
    task: Task,
    { endPage, access }: { readonly endPage: number; readonly access: "read" | "write" },
  ): Outcome | null {
    const space = this.#space;
    return space === null ? null : touchNext(this.#memory, frame, task, { space, access, endPage });
  }

  /** The program has ended. */
  free(): void {
    if (this.#space !== null) destroySpace(this.#memory, this.#space);
  }

  /** The call that a task is in sleeps until there is a page. `mark`: __GFP_MEMALLOC, or 0. */
  sleepForPage(task: Task, mark: number): Outcome {
    return call(task, allocFrame(0, GFP_KERNEL | mark, PAGE_KIND.kernel));
  }

  /** The call may take the page now, or may not sleep for one: it asks again. */
  wake(task: Task): void {
    if (task.result >= 0) this.#memory.parts.pages.free(asPfn(task.result));
    task.result = 0;
  }
}
