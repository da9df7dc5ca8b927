// The memory of a swap server that runs on a machine beside its other programs: each page that others sent it is a page of its
// own, and has to be there before a request for it is answered. So a machine that lends its memory needs memory to take in what
// frees another's; and where that other lends too, each waits for the other. Its thread touches the page as any program does:
// through a fault, an allocation, reclaim, and a write to its own swap.
//
// Not modelled: the memory of a request between its arrival and its page, zero pages given back by a trim.

import { PAGE_BYTES } from "#base/units.ts";
import type { NbdCommand } from "#wire/nbd/command.ts";
import { __GFP_MEMALLOC } from "../mm/gfp.ts";
import type { Memory } from "../mm/memory.ts";
import type { Outcome } from "../sched/program.ts";
import { type Frame, PF_OOM_VICTIM, type Task } from "../sched/task.ts";
import type { ServeSpec } from "../spec.ts";
import type { OfferedExport } from "./export-stores.ts";
import { ProgramMemory } from "./program-memory.ts";
import type { Begun } from "./store-queue.ts";

export interface SwapServerFrame extends Frame {
  readonly type: "task.swapServer";
  at: "serve" | "touch" | "granted";
  /** Page of its own that it touches next, and where it ends. */
  index: number;
  endPage: number;
  /** What is done when they are all there; null: they are touched for themselves. */
  work: Begun | null;
}

const pagesOf = ({ sizeBytes }: OfferedExport): number => Math.ceil(sizeBytes / PAGE_BYTES);

export class ServedMemory {
  readonly #own: ProgramMemory;
  readonly #serves: ServeSpec;
  /** Of each export, its first page in the program's memory. */
  readonly #firstPages: readonly number[];
  readonly #pageCount: number;

  constructor(memory: Memory, serves: ServeSpec, exports: readonly OfferedExport[]) {
    this.#serves = serves;
    this.#firstPages = exports.map((_, at) =>
      exports.slice(0, at).reduce((sum, each) => sum + pagesOf(each), 0),
    );
    this.#pageCount = exports.reduce((sum, each) => sum + pagesOf(each), 0);
    this.#own = new ProgramMemory(memory);
    this.#own.open("nbd-server", {
      memoryBytes: this.#pageCount * PAGE_BYTES,
      locked: serves.locked,
    });
  }

  get spaceId(): number {
    return this.#own.spaceId;
  }

  get isCritical(): boolean {
    return this.#serves.isCritical;
  }

  /** mlockall() has everything brought in that is mapped. */
  start(frame: SwapServerFrame): void {
    if (this.#serves.locked) this.#aim(frame, 0, this.#pageCount, null);
  }

  /** The pages of a request are touched next. */
  begin(
    frame: SwapServerFrame,
    task: Task,
    { exportIndex, work }: { readonly exportIndex: number; readonly work: Begun },
  ): void {
    task.result = 0;
    const { type, offsetBytes, lenBytes } = work.command;
    const first = (this.#firstPages[exportIndex] ?? 0) + Math.floor(offsetBytes / PAGE_BYTES);
    const count = isAboutPages(type) ? Math.ceil(lenBytes / PAGE_BYTES) : 0;
    this.#aim(frame, first, first + count, work);
  }

  #aim(frame: SwapServerFrame, first: number, endPage: number, work: Begun | null): void {
    frame.at = "touch";
    frame.index = first;
    frame.endPage = endPage;
    frame.work = work;
  }

  /** Whether its program is at its end: killed for its memory, or a page of it cannot be brought back (SIGBUS). */
  hasEnded(frame: SwapServerFrame, task: Task): boolean {
    return (task.flags & PF_OOM_VICTIM) !== 0 || (frame.at === "touch" && task.result < 0);
  }

  /** The next page of what is to be touched; null: all are there. */
  touch(frame: SwapServerFrame, task: Task): Outcome | null {
    const { endPage, work } = frame;
    const access = work?.command.type === "read" ? "read" : "write";
    return this.#own.touchSome(frame, task, { endPage, access });
  }

  /** What it sends found no memory: sendmsg() sleeps for it. */
  sleepForPage(frame: SwapServerFrame, task: Task): Outcome {
    frame.at = "granted";
    return this.#own.sleepForPage(task, this.isCritical ? __GFP_MEMALLOC : 0);
  }

  /** The program has ended, and its pages with it. */
  free(): void {
    this.#own.free();
  }

  wake(frame: SwapServerFrame, task: Task): void {
    this.#own.wake(task);
    frame.at = "serve";
  }
}

const isAboutPages = (type: NbdCommand["type"]): boolean =>
  type === "read" || type === "write" || type === "writeZeroes";
