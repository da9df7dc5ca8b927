import { argOf, type Fault } from "./fault.ts";

// A way that is not always equally long: each frame takes a random extra time, and none overtakes another.
export const linkJitter: Fault = {
  name: "link.jitter",
  summary: "Each frame takes up to so much longer, order kept.",
  target: "link",
  args: {
    jitter: { dimension: "duration", about: "uniform extra delay below this", default: null },
  },
  effect: {
    on: "link",
    change: (state, args) => ({ ...state, jitterNs: state.jitterNs + argOf(args, "jitter") }),
  },
  receipt: { counter: "carriedSegments", means: "something travelled the link, late" },
};
