import type { Fault } from "./fault.ts";

// The server's cable is out: every link from and to it is cut, and nobody acknowledges anything.
export const swapUnreachable: Fault = {
  name: "swap.unreachable",
  summary: "Every link from and to the swap server is cut.",
  target: "swap-server",
  args: {},
  effect: { on: "host-links", change: (state) => ({ ...state, cut: true }) },
  receipt: { counter: "lostSegments", means: "something sent to or by the server was lost" },
};
