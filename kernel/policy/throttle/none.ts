import type { ThrottlePolicy } from "./policy.ts";

// The negative control: as many reclaimers as like to, each allowed to take the last page.
export const none: ThrottlePolicy = {
  name: "none",
  summary: "Nobody is held back.",
  allowDirectReclaim: () => true,
  holdWriteout: () => false,
};
