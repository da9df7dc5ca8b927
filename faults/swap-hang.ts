import type { Fault } from "./fault.ts";

// The worst place to stop: a client has read half of a reply and waits for the rest, with its request neither done nor failed.
export const swapHang: Fault = {
  name: "swap.hang",
  summary: "The swap server stops in the middle of a reply until the fault heals.",
  target: "swap-server",
  args: {},
  effect: { on: "store", change: (state) => ({ ...state, hanging: true }) },
  receipt: { counter: "cutReplies", means: "half of a reply was sent" },
};
