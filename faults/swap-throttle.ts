import { argOf, type Fault } from "./fault.ts";

// A thin pipe between the server and its store: payload goes through it, one request after the other.
export const swapThrottle: Fault = {
  name: "swap.throttle",
  summary: "The swap server reads and writes no more than a bandwidth.",
  target: "swap-server",
  args: {
    bandwidth: { dimension: "bandwidth", about: "all payload of all connections", default: null },
  },
  effect: {
    on: "store",
    change: (state, args) => ({
      ...state,
      bandwidthBytesPerSec: Math.min(
        state.bandwidthBytesPerSec ?? Number.MAX_SAFE_INTEGER,
        argOf(args, "bandwidth"),
      ),
    }),
  },
  receipt: {
    counter: "answeredRequests",
    means: "a request was answered through the narrowed pipe",
  },
};
