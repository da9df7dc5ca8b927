import type { Fault } from "./fault.ts";

// The cable is out: what is sent is lost, and TCP sends it again when it can.
export const linkCut: Fault = {
  name: "link.cut",
  summary: "Everything sent on the link is lost.",
  target: "link",
  args: {},
  effect: { on: "link", change: (state) => ({ ...state, cut: true }) },
  receipt: { counter: "lostSegments", means: "something was sent on the link and lost" },
};
