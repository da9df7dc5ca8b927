import type { ThrottlePolicy } from "./policy.ts";

// Nobody holds a reclaimer back but the amount of writes in flight: 1.1 x the dirty limit.
// Linux: throttle_vm_writeout(), mm/page-writeback.c, 2.6.12 and 3.x; gone before 6.1.
export const writeoutOnly: ThrottlePolicy = {
  name: "writeout-only",
  summary: "Reclaimers wait only while writes in flight pass 1.1 times the dirty limit.",
  allowDirectReclaim: () => true,
  holdWriteout: ({ writebackPages, dirtyThresholdPages }) =>
    writebackPages * 10 > dirtyThresholdPages * 11,
};
