import { argOf, type Fault } from "./fault.ts";

// The server's disk is busy: each answer takes at least this long, and some much longer (a disk that retries, a collector
// that pauses): what hurts is the tail, not the mean.
export const swapSlow: Fault = {
  name: "swap.slow",
  summary: "The swap server takes longer over each request.",
  target: "swap-server",
  args: {
    latency: { dimension: "duration", about: "from a request to its answer", default: null },
    jitter: { dimension: "duration", about: "uniform extra time on top", default: 0 },
    tail: { dimension: "duration", about: "what a slow one takes on top", default: 0 },
    tailshare: { dimension: "ratio", about: "share of slow ones", default: 10_000 },
  },
  effect: {
    on: "store",
    change: (state, args) => ({
      ...state,
      latencyNs: Math.max(state.latencyNs, argOf(args, "latency")),
      jitterNs: Math.max(state.jitterNs, argOf(args, "jitter")),
      tailNs: Math.max(state.tailNs, argOf(args, "tail")),
      tailPerMillion: Math.max(state.tailPerMillion, argOf(args, "tailshare")),
    }),
  },
  receipt: { counter: "answeredRequests", means: "a request was answered, late" },
};
