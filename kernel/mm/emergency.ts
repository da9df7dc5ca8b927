// Whether so little is free that a machine is in emergency, where its policy goes by that. Miller (netdev, 2005-12).

import type { PageAllocator } from "./page-alloc.ts";

/** `thresholdPages` null: the sum of the min marks. */
export const belowThreshold =
  (pages: PageAllocator, thresholdPages: number | null): (() => boolean) =>
  () =>
    pages.freePages < (thresholdPages ?? pages.totalWatermark.minPages);
