import type { PolicySpec } from "../../spec.ts";

// The machine of Zijlstra's mail (lkml, 2007-08-15, Re: Recursive reclaim): reclaimers may take the last page and send with
// it; what comes back has to find memory like any packet. Rules of the 2.6.12 era where no decision says otherwise.
export const vanilla2007: PolicySpec = {
  name: "vanilla-2007",
  era: "2.6.12",
  reserve: "process-memalloc",
  receive: "plain-atomic",
  reclaim: "proportional",
  throttle: "writeout-only",
  limits: "none",
  criticality: "reclaimer-sends",
};
