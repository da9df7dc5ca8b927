import { argOf, type Fault } from "./fault.ts";

// A bad cable: some of what is sent is lost, each segment by itself.
export const linkLoss: Fault = {
  name: "link.loss",
  summary: "Loses a share of what is sent on the link.",
  target: "link",
  args: {
    loss: { dimension: "ratio", about: "share of segments lost, such as 1 %", default: null },
  },
  effect: {
    on: "link",
    change: (state, args) => ({
      ...state,
      lossPerMillion: Math.max(state.lossPerMillion, argOf(args, "loss")),
    }),
  },
  receipt: { counter: "lostSegments", means: "a segment was drawn to be lost" },
};
