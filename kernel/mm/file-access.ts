// A program reads or writes a page of a file. Linux: filemap_read(), generic_perform_write(), mm/filemap.c;
// page_cache_ra_unbounded(), mm/readahead.c.
//
// A page that is missing is read, with those that readahead adds; the reader sleeps on its lock. A page that is written
// whole is not read first. Answers 0, or -1 when the task was killed or the page cannot be read (EIO).

import { assert } from "#base/assert.ts";
import { asPfn } from "#base/units.ts";
import { COST } from "../costs.ts";
import { answer, call, NEXT, type Outcome } from "../sched/program.ts";
import type { Frame, Task } from "../sched/task.ts";
import { allocFrame } from "./alloc-slow.ts";
import { __GFP_NORETRY, __GFP_NOWARN, GFP_HIGHUSER_MOVABLE } from "./gfp.ts";
import type { Memory } from "./memory.ts";
import type { CachedFile, PageCache } from "./page-cache.ts";
import { PAGE_KIND, PG_ERROR, PG_LOCKED, PG_READAHEAD, PG_UPTODATE } from "./page-frames.ts";
import { clear, has, lockPage, set } from "./page-life.ts";
import { missWindow, nextWindow, type Window } from "./readahead.ts";

export interface FileAccessFrame extends Frame {
  readonly type: "mm.file";
  readonly file: number;
  readonly reader: number;
  readonly index: number;
  readonly access: "read" | "write";
  at: "look" | "next" | "gotPage" | "read" | "sent" | "gotNew";
  /** Pages still to be read, next first. */
  want: number[];
  /** Page of them that begins the next window when it is read. */
  markIndex: number;
  /** The page itself has to be had: its allocation may not simply fail. */
  insists: boolean;
}

export function fileAccessFrame(
  { file, reader }: { readonly file: number; readonly reader: number },
  index: number,
  access: "read" | "write",
): FileAccessFrame {
  return {
    type: "mm.file",
    file,
    reader,
    index,
    access,
    at: "look",
    want: [],
    markIndex: -1,
    insists: false,
  };
}

export function stepFileAccess(
  memory: Memory,
  cache: PageCache,
  frame: FileAccessFrame,
  task: Task,
): Outcome {
  const file = cache.file(frame.file);
  switch (frame.at) {
    case "look":
    case "sent":
      return look(memory, cache, frame, task);
    case "next":
      return readNext(file, frame, task);
    case "gotPage":
      return gotPage(memory, cache, frame, task);
    case "read":
      frame.at = "next";
      return NEXT;
    case "gotNew":
      return gotNew(memory, cache, frame, task);
  }
}

function look(memory: Memory, cache: PageCache, frame: FileAccessFrame, task: Task): Outcome {
  task.costNs += COST.syscallNs;
  const file = cache.file(frame.file);
  const pfn = file.tree.frameAt(frame.index);
  if (frame.access === "write") return lookToWrite(memory, cache, frame, task);
  const reader = cache.readers[frame.reader];
  assert(reader !== undefined, "a reader has opened its file");
  if (pfn < 0) return want(frame, missWindow(reader, frame.index, file.spec.pageCount));
  if (has(memory, pfn, PG_READAHEAD)) {
    clear(memory, pfn, PG_READAHEAD);
    return want(frame, nextWindow(reader, frame.index, file.spec.pageCount));
  }
  if (has(memory, pfn, PG_ERROR)) return answer(task, -1);
  if (!has(memory, pfn, PG_UPTODATE)) return memory.pageLock.sleep(task, pfn);
  assert(
    memory.parts.frames.stamp[pfn] === file.versions[frame.index],
    "a page of a file holds what was written last",
  );
  reader.prevIndex = frame.index;
  cache.markAccessed(pfn);
  task.costNs += COST.copyPageNs;
  return answer(task, 0);
}

function lookToWrite(
  memory: Memory,
  cache: PageCache,
  frame: FileAccessFrame,
  task: Task,
): Outcome {
  const file = cache.file(frame.file);
  const pfn = file.tree.frameAt(frame.index);
  if (pfn < 0) {
    frame.at = "gotNew";
    return call(task, allocFrame(0, GFP_HIGHUSER_MOVABLE, PAGE_KIND.file));
  }
  if (has(memory, pfn, PG_LOCKED)) return memory.pageLock.sleep(task, pfn);
  cache.write(file, frame.index, pfn);
  cache.markAccessed(pfn);
  task.costNs += COST.copyPageNs;
  return answer(task, 0);
}

function gotNew(memory: Memory, cache: PageCache, frame: FileAccessFrame, task: Task): Outcome {
  const pfn = task.result;
  if (pfn < 0) return answer(task, -1);
  const file = cache.file(frame.file);
  frame.at = "look";
  const isTaken = file.tree.frameAt(frame.index) >= 0;
  if (isTaken || !cache.insert(file, frame.index, pfn)) {
    memory.parts.pages.free(asPfn(pfn));
    return NEXT;
  }
  cache.write(file, frame.index, pfn);
  task.costNs += COST.copyPageNs;
  return answer(task, 0);
}

function want(frame: FileAccessFrame, window: Window): Outcome {
  frame.want = Array.from({ length: window.sizePages }, (_, i) => window.startIndex + i);
  frame.markIndex = window.markIndex;
  frame.at = "next";
  return NEXT;
}

function readNext(file: CachedFile, frame: FileAccessFrame, task: Task): Outcome {
  while (frame.want.length > 0 && file.tree.frameAt(frame.want[0] ?? -1) >= 0) frame.want.shift();
  if (frame.want.length === 0) {
    frame.at = "sent";
    return call(task, { type: "block.unplug" });
  }
  frame.at = "gotPage";
  // readahead_gfp_mask(): what nobody has asked for yet is not worth a fight.
  const zeal = frame.insists ? 0 : __GFP_NORETRY | __GFP_NOWARN;
  return call(task, allocFrame(0, GFP_HIGHUSER_MOVABLE | zeal, PAGE_KIND.file));
}

function gotPage(memory: Memory, cache: PageCache, frame: FileAccessFrame, task: Task): Outcome {
  const pfn = task.result;
  const file = cache.file(frame.file);
  frame.at = "next";
  if (pfn < 0) return giveUp(file, frame, task);
  const index = frame.want.shift() ?? -1;
  if (file.tree.frameAt(index) >= 0 || !cache.insert(file, index, pfn)) {
    memory.parts.pages.free(asPfn(pfn));
    return NEXT;
  }
  lockPage(memory, pfn);
  if (index === frame.markIndex) set(memory, pfn, PG_READAHEAD);
  frame.at = "read";
  return call(task, { type: "file.read", pfn, at: "bio" });
}

/** No memory to read ahead: read the page itself alone, and for that one go through everything. */
function giveUp(file: CachedFile, frame: FileAccessFrame, task: Task): Outcome {
  if (frame.insists) return answer(task, -1);
  const isMissing = file.tree.frameAt(frame.index) < 0;
  frame.insists = isMissing;
  frame.want = isMissing ? [frame.index] : [];
  return NEXT;
}
