import { argOf, type Fault } from "./fault.ts";

// A thinner pipe: the link carries no more than this, and what is above it queues.
export const linkBandwidth: Fault = {
  name: "link.bandwidth",
  summary: "Narrows the link to a bandwidth.",
  target: "link",
  args: {
    bandwidth: { dimension: "bandwidth", about: "all that the link still carries", default: null },
  },
  effect: {
    on: "link",
    change: (state, args) => ({
      ...state,
      bandwidthBytesPerSec: Math.min(state.bandwidthBytesPerSec, argOf(args, "bandwidth")),
    }),
  },
  receipt: { counter: "carriedSegments", means: "something travelled the narrowed link" },
};
