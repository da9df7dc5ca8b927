import type { CriticalityPolicy } from "./policy.ts";

// The driver's thread sends and nobody gave it any rights: NBD before 3.6. The row "nomem" of the real-kernel experiments.
export const unmarkedThread: CriticalityPolicy = {
  name: "unmarked-thread",
  summary: "The driver's thread sends without rights and its socket is not marked.",
  marksSwapSocket: false,
  sender: "thread",
  driverMemalloc: false,
  keepsSendSkb: false,
};
