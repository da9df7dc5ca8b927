import { argOf, type Fault } from "./fault.ts";

// The server's disk is busy: each answer takes at least this long.
export const swapSlow: Fault = {
  name: "swap.slow",
  summary: "The swap server takes longer over each request.",
  target: "swap-server",
  args: {
    latency: { dimension: "duration", about: "from a request to its answer", default: null },
  },
  effect: {
    on: "store",
    change: (state, args) => ({
      ...state,
      latencyNs: Math.max(state.latencyNs, argOf(args, "latency")),
    }),
  },
  receipt: { counter: "answeredRequests", means: "a request was answered, late" },
};
