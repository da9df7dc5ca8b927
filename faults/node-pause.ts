import type { Fault } from "./fault.ts";

// The whole host stands still: neither its programs nor its kernel run, so nothing is acknowledged either.
export const nodePause: Fault = {
  name: "node.pause",
  summary: "The whole host stands still until the fault heals.",
  target: "host",
  args: {},
  effect: { on: "pause" },
  receipt: { counter: "frozenEvents", means: "something came due for the host and had to wait" },
};
