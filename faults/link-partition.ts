import type { Fault } from "./fault.ts";

// The network falls into two halves that cannot hear each other; within each all goes on. `A<->C` with link.cut is the
// same for two nodes; here one half is named and the other is everybody else.
export const linkPartition: Fault = {
  name: "link.partition",
  summary: "Cuts the named nodes off from all others, both ways.",
  target: "group",
  args: {},
  effect: { on: "link", change: (state) => ({ ...state, cut: true }) },
  receipt: { counter: "lostSegments", means: "something sent across the gap was lost" },
};
