import type { Fault } from "./fault.ts";

// Starts a load that waits to be named; healing stops it again.
export const loadStart: Fault = {
  name: "load.start",
  summary: "Starts a traffic or a task by its name.",
  target: "load",
  args: {},
  effect: { on: "load", action: "start" },
  receipt: { counter: "startedLoads", means: "the load went from off to on" },
};
