import { argOf, type Fault } from "./fault.ts";

// A load that grows or fades: while the fault is open, requests come at this rate, whatever the ramp says.
export const loadChange: Fault = {
  name: "load.change",
  summary: "Gives an open traffic another rate until the fault heals.",
  target: "traffic",
  args: {
    rate: { dimension: "rate", about: "requests per second over all connections", default: null },
  },
  effect: { on: "rate", ratePerSec: (args) => argOf(args, "rate") },
  receipt: { counter: "changedLoads", means: "the load ran and got another rate" },
};
