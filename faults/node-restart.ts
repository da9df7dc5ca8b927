import type { Fault } from "./fault.ts";

// The reset button: the host loses its memory and boots at once, and whoever was connected to it is reset.
export const nodeRestart: Fault = {
  name: "node.restart",
  summary:
    "The host loses all it has in memory and boots at once; nothing happens when the fault heals.",
  target: "host",
  args: {},
  effect: { on: "power", off: "at-once" },
  receipt: { counter: "deaths", means: "the host had power and lost it" },
};
