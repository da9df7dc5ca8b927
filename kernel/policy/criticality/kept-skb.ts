import type { CriticalityPolicy } from "./policy.ts";

// One sk_buff is allocated in advance and held for ever, to say "I'm sick now" with when there is no other.
// Hemminger, in the thread of "TCP/IP Critical socket communication mechanism" (netdev, 2005-12).
//
// Weak points that are kept, all named by Samudrala: it is for sending only; the peer's address and route, the answer and
// whatever a connection would need have to find memory like anybody's. It leaves at once, so it is there again for the next.
export const keptSkb: CriticalityPolicy = {
  name: "kept-skb",
  summary: "As reclaimer-sends, and one packet is kept for a critical socket to send.",
  marksSwapSocket: false,
  sender: "submitter",
  driverMemalloc: false,
  keepsSendSkb: true,
};
