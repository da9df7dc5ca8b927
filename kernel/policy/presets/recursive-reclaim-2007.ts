import type { PolicySpec } from "../../spec.ts";

// Lameter's recursive reclaim (linux-mm and lkml, 2007-08-14): the machine of vanilla-2007, in which a reclaimer that is left
// without a page frees clean ones for itself. It is about whoever writes out; receiving is as it was.
export const recursiveReclaim2007: PolicySpec = {
  name: "recursive-reclaim-2007",
  era: "2.6.12",
  reserve: "process-memalloc",
  receive: "plain-atomic",
  reclaim: "recursive",
  throttle: "writeout-only",
  limits: "none",
  criticality: "reclaimer-sends",
};
