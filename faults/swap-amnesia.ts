import type { Fault } from "./fault.ts";

// A server that kept its pages in memory, or a stand-in with an empty disk: it answers again, and what was written is gone.
export const swapAmnesia: Fault = {
  name: "swap.amnesia",
  summary: "The swap server dies, and is back empty when the fault heals.",
  target: "swap-server",
  args: {},
  effect: { on: "store", change: (state) => ({ ...state, process: "data-lost" }) },
  receipt: { counter: "crashes", means: "the process was running and died" },
};
