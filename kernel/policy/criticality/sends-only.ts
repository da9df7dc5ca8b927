import type { CriticalityPolicy } from "./policy.ts";

// Half of it: the driver may use the reserve to send, but its socket is a socket like any other, so the answers are not
// let in. The row "norx" of the real-kernel experiments.
export const sendsOnly: CriticalityPolicy = {
  name: "sends-only",
  summary: "The driver sends with PF_MEMALLOC, but its socket is not marked.",
  marksSwapSocket: false,
  sender: "thread",
  driverMemalloc: true,
  keepsSendSkb: false,
};
