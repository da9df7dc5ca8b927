import type { CriticalityPolicy } from "./policy.ts";

// The socket is marked, and whoever unplugs the queue sends, with PF_MEMALLOC for as long as that takes.
// Zijlstra, "nbd: use swapdev hook to make swap deadlock free" (linux-mm, 2006-09-12, 13/20): do_nbd_request(). His reader
// is the nbd-client process, without the right; here it has it, which is worth one acknowledgement of a window at most.
export const markedSubmitter: CriticalityPolicy = {
  name: "marked-submitter",
  summary: "The swap socket is SOCK_MEMALLOC, and who submits sends as PF_MEMALLOC.",
  marksSwapSocket: true,
  sender: "submitter",
  driverMemalloc: true,
  keepsSendSkb: false,
};
