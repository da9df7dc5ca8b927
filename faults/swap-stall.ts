import type { Fault } from "./fault.ts";

// The server process is stopped (SIGSTOP): its host still acknowledges what it receives, but no request is answered.
export const swapStall: Fault = {
  name: "swap.stall",
  summary: "The swap server takes requests and answers none until the fault heals.",
  target: "swap-server",
  args: {},
  effect: { on: "store", change: (state) => ({ ...state, stalled: true }) },
  receipt: { counter: "unansweredRequests", means: "a request waited at the stalled server" },
};
