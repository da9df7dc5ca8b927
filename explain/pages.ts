// Pages of a machine by who could give them back: what reclaim could take without writing, what lies on per-CPU lists.

import {
  type Machine,
  PAGE_KIND,
  PG_DIRTY,
  PG_LOCKED,
  PG_LRU,
  PG_SWAPCACHE,
  PG_WRITEBACK,
} from "#kernel/index.ts";

export interface PageCounts {
  readonly freePages: number;
  /** On a list of reclaim's, with nothing to write: gone as soon as somebody who reclaims looks. */
  readonly cleanPages: number;
  /** On their way to a device. */
  readonly writebackPages: number;
  readonly perCpuPages: number;
}

export function countPages({ memory }: Machine): PageCounts {
  const { frames, pages } = memory.parts;
  let cleanPages = 0;
  for (let pfn = 0; pfn < frames.count; pfn++)
    if (((frames.flags[pfn] ?? 0) & PG_LRU) !== 0 && isClean(frames, pfn)) cleanPages++;
  return {
    freePages: pages.freePages,
    cleanPages,
    writebackPages: memory.writebackPages,
    perCpuPages: frames.pagesOf("perCpu"),
  };
}

/** With nothing to write, on a list or in the hands of a reclaimer. */
export function isClean({ flags, kind }: Frames, pfn: number): boolean {
  const state = flags[pfn] ?? 0;
  if ((state & BUSY) !== 0) return false;
  return kind[pfn] === PAGE_KIND.file || (state & PG_SWAPCACHE) !== 0;
}

type Frames = Machine["memory"]["parts"]["frames"];

const BUSY = PG_DIRTY | PG_LOCKED | PG_WRITEBACK;
