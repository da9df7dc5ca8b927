import type { ReclaimPolicy } from "./policy.ts";

// As proportional; and a reclaimer that finds not even the last page goes and frees some, once more and one level deep:
// clean pages of files only, nothing written, nothing swapped, nobody throttled.
// Lameter, "Recursive reclaim" (linux-mm and lkml, 2007-08-14, 3 patches): __alloc_pages() and try_to_free_pages() with
// __GFP_NOMEMALLOC for "take nothing while at it".
//
// Weak points that are kept: without clean pages it frees nothing; it does not keep what it frees from the network; limits on
// socket memory are none of its business.
export const recursive: ReclaimPolicy = {
  name: "recursive",
  summary: "As proportional, and a reclaimer without a page frees clean pages of files for itself.",
  recurses: true,
  pagesToScan: (view) => view.inactivePages >>> view.priority,
};
