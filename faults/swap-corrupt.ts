import { argOf, type Fault } from "./fault.ts";

// A server that gives back what was not written: one byte of an answer is another. What is stored stays as it is.
export const swapCorrupt: Fault = {
  name: "swap.corrupt",
  summary: "One byte of what is read is wrong.",
  target: "swap-server",
  args: {
    share: { dimension: "ratio", about: "share of reads with a wrong byte", default: 1_000_000 },
  },
  effect: {
    on: "store",
    change: (state, args) => ({
      ...state,
      corruptPerMillion: Math.max(state.corruptPerMillion, argOf(args, "share")),
    }),
  },
  receipt: { counter: "corruptedReplies", means: "a read was answered with a wrong byte" },
};
