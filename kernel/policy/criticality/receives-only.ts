import type { CriticalityPolicy } from "./policy.ts";

// The other half: answers are let in, but the driver's thread has to find memory to send like anybody. The row "notx" of
// the real-kernel experiments.
export const receivesOnly: CriticalityPolicy = {
  name: "receives-only",
  summary: "The swap socket receives as SOCK_MEMALLOC, but the driver sends without rights.",
  marksSwapSocket: true,
  sender: "thread",
  driverMemalloc: false,
  keepsSendSkb: false,
};
