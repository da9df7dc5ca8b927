import { argOf, type Fault } from "./fault.ts";

// A disk that goes bad: a share of what is asked fails, and the client is told.
export const swapEio: Fault = {
  name: "swap.eio",
  summary: "The swap server answers requests with EIO.",
  target: "swap-server",
  args: {
    share: { dimension: "ratio", about: "share of requests that fail", default: 1_000_000 },
  },
  effect: {
    on: "store",
    change: (state, args) => ({
      ...state,
      failPerMillion: Math.max(state.failPerMillion, argOf(args, "share")),
    }),
  },
  receipt: { counter: "failedRequests", means: "a request was answered with the error" },
};
