import type { Fault } from "./fault.ts";

// Stops a load; healing starts it again. What it has already sent stays where it is.
export const loadStop: Fault = {
  name: "load.stop",
  summary: "Stops a traffic or a task by its name.",
  target: "load",
  args: {},
  effect: { on: "load", action: "stop" },
  receipt: { counter: "stoppedLoads", means: "the load went from on to off" },
};
