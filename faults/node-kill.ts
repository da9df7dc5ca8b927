import type { Fault } from "./fault.ts";

// The plug is pulled: whatever the host had in memory is gone, and nobody answers for it. When the fault heals it boots.
export const nodeKill: Fault = {
  name: "node.kill",
  summary: "The host loses its power, and boots again when the fault heals.",
  target: "host",
  args: {},
  effect: { on: "power", off: "while-open" },
  receipt: { counter: "deaths", means: "the host had power and lost it" },
};
