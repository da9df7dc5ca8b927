// A swap device as a backing store: a page lies in its slot, and belongs to the program that wrote it.
// Linux: swap_writepage(), swap_readpage(), mm/page_io.c.

import { identityIn, isContentOf } from "../mm/content.ts";
import type { Memory } from "../mm/memory.ts";
import { endWriteback, startWriteback } from "../mm/page-life.ts";
import { PF_KSWAPD, type Task } from "../sched/task.ts";
import type { BackingStore } from "./backing-store.ts";

export class SwapStore implements BackingStore {
  readonly #memory: Memory;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  slotOf(pfn: number): number {
    return this.#memory.parts.frames.slot[pfn] ?? -1;
  }

  refuses(task: Task): boolean {
    const { parts } = this.#memory;
    return parts.era !== "6.1" && (task.flags & PF_KSWAPD) === 0 && this.#memory.isCongested();
  }

  startWrite(pfn: number): void {
    startWriteback(this.#memory, pfn);
  }

  endWrite(pfn: number, failed: boolean): void {
    endWriteback(this.#memory, pfn, failed);
  }

  noteSubmitted(op: "read" | "write", pfn: number): void {
    const { counts } = this.#memory.parts.vmstat;
    if (op === "write") counts.pswpout++;
    else counts.pswpin++;
    const name = op === "write" ? "swap.out" : "swap.in";
    this.#memory.parts.trace.event(name, this.#memory.nowNs, pfn, this.slotOf(pfn));
  }

  noteDone(op: "read" | "write", tag: number, pages: number): void {
    const name = op === "write" ? "swap.outDone" : "swap.inDone";
    this.#memory.parts.trace.event(name, this.#memory.nowNs, tag, pages);
  }

  check(pfn: number, slot: number, bytes: Uint8Array): void {
    const { frames } = this.#memory.parts;
    const [owner, index] = [frames.mapping[pfn] ?? -1, frames.index[pfn] ?? -1];
    const space = this.#memory.spaceOf(owner);
    // The owner is gone, or has been given the page anew: nobody will look at these bytes.
    if (space.slotOf(index) !== slot) return;
    const version = space.versions[index] ?? 0;
    frames.stamp[pfn] = version;
    if (isContentOf(bytes, owner, index, version)) return;
    this.#memory.noteMismatch({ expected: { owner, index, version }, found: identityIn(bytes) });
  }
}
