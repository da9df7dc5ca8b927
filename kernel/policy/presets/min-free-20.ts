import type { PolicySpec } from "../../spec.ts";

// The machine of vanilla-2007, and a fifth of its memory kept free by vm.min_free_kbytes: the remedy that Zijlstra's mail
// (lkml, 2007-08-15, Re: Recursive reclaim) ascribes to Lameter and answers, that it costs a fifth of all memory "nor does
// it solve all deadlocks". No rule is another; every mark is larger, and so is every fraction of one.
export const minFree20: PolicySpec = {
  name: "min-free-20",
  era: "2.6.12",
  minFreePercent: 20,
  reserve: "process-memalloc",
  receive: "plain-atomic",
  reclaim: "proportional",
  throttle: "writeout-only",
  limits: "none",
  criticality: "reclaimer-sends",
};
