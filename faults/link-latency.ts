import { argOf, type Fault } from "./fault.ts";

// A longer way: adds to whatever latency the link has, as netem does.
export const linkLatency: Fault = {
  name: "link.latency",
  summary: "Adds latency to the link, and jitter if asked.",
  target: "link",
  args: {
    extra: { dimension: "duration", about: "added to the link's own latency", default: null },
    jitter: { dimension: "duration", about: "uniform extra delay on top, order kept", default: 0 },
  },
  effect: {
    on: "link",
    change: (state, args) => ({
      ...state,
      latencyNs: state.latencyNs + argOf(args, "extra"),
      jitterNs: state.jitterNs + argOf(args, "jitter"),
    }),
  },
  receipt: { counter: "carriedSegments", means: "something travelled the link, late" },
};
