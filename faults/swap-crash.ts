import type { Fault } from "./fault.ts";

// The process dies and comes back when the fault heals, with everything that was written.
export const swapCrash: Fault = {
  name: "swap.crash",
  summary: "The swap server dies, and is back with its data when the fault heals.",
  target: "swap-server",
  args: {},
  effect: {
    on: "store",
    change: (state) => ({
      ...state,
      process: state.process === "data-lost" ? "data-lost" : "data-kept",
    }),
  },
  receipt: { counter: "crashes", means: "the process was running and died" },
};
