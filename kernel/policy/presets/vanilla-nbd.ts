import type { PolicySpec } from "../../spec.ts";

// What swap-over-NBD was tested against: NBD before 3.6, whose thread nbd0 sends with the rights of any kernel thread.
// Gorman (lkml, 2012-04-16, V9): with SLUB it locks up within minutes, "vanilla" in his table. Rules of the 3.x era, with
// SLUB, where no decision says otherwise; page fragments and coalescing (both 3.5) are those of its last releases.
export const vanillaNbd: PolicySpec = {
  name: "vanilla-nbd",
  era: "3.x",
  reserve: "process-memalloc",
  receive: "plain-atomic",
  reclaim: "proportional",
  throttle: "writeout-only",
  limits: "none",
  criticality: "unmarked-thread",
};
