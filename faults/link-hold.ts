import type { Fault } from "./fault.ts";

// Nothing passes and nothing is lost: what was sent arrives when the link is let go.
export const linkHold: Fault = {
  name: "link.hold",
  summary: "What is sent on the link waits until the fault heals.",
  target: "link",
  args: {},
  effect: { on: "link", change: (state) => ({ ...state, held: true }) },
  receipt: { counter: "heldSegments", means: "something was sent on the link and kept back" },
};
