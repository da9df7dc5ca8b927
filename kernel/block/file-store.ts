// A device that holds files, as a backing store: a page lies where its file lies. Linux: fs/mpage.c, fs/buffer.c.
//
// Not modelled: what a program is told of a failed write (the page stays dirty and is tried again, as one of swap is).

import { identityIn, isContentOf } from "../mm/content.ts";
import type { Memory } from "../mm/memory.ts";
import type { PageCache } from "../mm/page-cache.ts";
import { PG_RECLAIM } from "../mm/page-frames.ts";
import { clear, endWriteback, has, startWriteback } from "../mm/page-life.ts";
import { PF_KSWAPD, PF_MEMALLOC, type Task } from "../sched/task.ts";
import type { BackingStore } from "./backing-store.ts";

/** KiB of a page: pgpgin and pgpgout count in these. */
const PAGE_KIB = 4;

export class FileStore implements BackingStore {
  readonly #memory: Memory;
  readonly #cache: PageCache;
  readonly #isCongested: () => boolean;

  constructor(memory: Memory, cache: PageCache, isCongested: () => boolean) {
    this.#memory = memory;
    this.#cache = cache;
    this.#isCongested = isCongested;
  }

  slotOf(pfn: number): number {
    return this.#cache.fileOf(pfn).spec.firstSlot + this.#cache.indexOf(pfn);
  }

  /** Only reclaimers are turned away; the flusher waits its turn. */
  refuses(task: Task): boolean {
    const isReclaimer = (task.flags & PF_MEMALLOC) !== 0 && (task.flags & PF_KSWAPD) === 0;
    return isReclaimer && this.#memory.parts.era !== "6.1" && this.#isCongested();
  }

  startWrite(pfn: number): void {
    const wasWanted = has(this.#memory, pfn, PG_RECLAIM);
    this.#cache.noteClean(this.#cache.fileOf(pfn));
    startWriteback(this.#memory, pfn);
    // Only what reclaim asked for is moved to the tail when it is done.
    if (!wasWanted) clear(this.#memory, pfn, PG_RECLAIM);
  }

  endWrite(pfn: number, failed: boolean): void {
    endWriteback(this.#memory, pfn, false);
    if (failed) this.#cache.markDirty(this.#cache.fileOf(pfn), pfn);
  }

  noteSubmitted(op: "read" | "write", pfn: number): void {
    const { counts } = this.#memory.parts.vmstat;
    if (op === "write") counts.pgpgout += PAGE_KIB;
    else counts.pgpgin += PAGE_KIB;
    const name = op === "write" ? "file.write" : "file.read";
    this.#memory.parts.trace.event(name, this.#memory.nowNs, pfn, this.#cache.indexOf(pfn));
  }

  noteDone(op: "read" | "write", tag: number, pages: number): void {
    const name = op === "write" ? "file.writeDone" : "file.readDone";
    this.#memory.parts.trace.event(name, this.#memory.nowNs, tag, pages);
  }

  check(pfn: number, _slot: number, bytes: Uint8Array): void {
    const file = this.#cache.fileOf(pfn);
    const index = this.#cache.indexOf(pfn);
    const version = file.versions[index] ?? 0;
    this.#memory.parts.frames.stamp[pfn] = version;
    const isRight =
      version === 0
        ? bytes.every((byte) => byte === 0)
        : isContentOf(bytes, file.owner, index, version);
    if (isRight) return;
    this.#memory.noteMismatch({
      expected: { owner: file.owner, index, version },
      found: identityIn(bytes),
    });
  }
}
