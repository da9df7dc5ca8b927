// How far ahead of a reader a file is read. Linux: ondemand_readahead(), mm/readahead.c (6.1); 2.6.12 keeps two windows
// instead of one and a marked page, which comes to the same for a reader that goes straight on.
//
// Not modelled: readers that interleave on one open file (count_history_pages), thrashing of pages read ahead.

/** VM_READAHEAD_PAGES: 128 KiB (include/linux/mm.h; VM_MAX_READAHEAD in 2.6.12). */
const WINDOW_PAGES = 32;

/** Of one open file. Linux: struct file_ra_state. */
export interface Readahead {
  /** First page of the window read last. */
  startIndex: number;
  sizePages: number;
  /** So many pages before its end the next window is begun. */
  asyncPages: number;
  /** Page that was read last; -1 at the beginning. */
  prevIndex: number;
}

export const freshReadahead = (): Readahead => ({
  startIndex: 0,
  sizePages: 0,
  asyncPages: 0,
  prevIndex: -1,
});

/** Pages to read, and the one whose reading begins the next window; -1 is none. */
export interface Window {
  readonly startIndex: number;
  readonly sizePages: number;
  readonly markIndex: number;
}

/** The page is not there: what to read with it. */
export function missWindow(reader: Readahead, index: number, pageCount: number): Window {
  const isNext = index === reader.startIndex + reader.sizePages && reader.sizePages > 0;
  if (isNext) return nextWindow(reader, index, pageCount);
  const step = index - reader.prevIndex;
  // A miss far from the last read: no more than was asked for, and the window stays as it was.
  if (index !== 0 && step !== 0 && step !== 1)
    return { startIndex: index, sizePages: 1, markIndex: -1 };
  // get_init_ra_size() of a request of one page.
  return begin(reader, index, { sizePages: 4, asyncPages: 3 }, pageCount);
}

/** A marked page was read: the window after the present one. */
export function nextWindow(reader: Readahead, index: number, pageCount: number): Window {
  const follows =
    index === reader.startIndex + reader.sizePages - reader.asyncPages ||
    index === reader.startIndex + reader.sizePages;
  const startIndex = follows ? reader.startIndex + reader.sizePages : index + 1;
  const sizePages = grown(reader.sizePages);
  return begin(reader, startIndex, { sizePages, asyncPages: sizePages }, pageCount);
}

/** get_next_ra_size(): four times a small window, twice a middling one. */
function grown(sizePages: number): number {
  if (sizePages < WINDOW_PAGES / 16) return 4 * Math.max(1, sizePages);
  return sizePages <= WINDOW_PAGES / 2 ? 2 * sizePages : WINDOW_PAGES;
}

function begin(
  reader: Readahead,
  startIndex: number,
  size: { readonly sizePages: number; readonly asyncPages: number },
  pageCount: number,
): Window {
  reader.startIndex = startIndex;
  reader.sizePages = size.sizePages;
  reader.asyncPages = size.asyncPages;
  const sizePages = Math.max(0, Math.min(size.sizePages, pageCount - startIndex));
  return {
    startIndex,
    sizePages,
    markIndex: startIndex + size.sizePages - size.asyncPages,
  };
}
