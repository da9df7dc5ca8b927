// The door of the floods: what a command line needs to start one.

export { type FloodOptions, runFlood } from "./flood.ts";
export { checkPlan, type FloodPlan, type Shape, WORKERS_MAX } from "./plan.ts";
export type { Counts, FloodTally, LatencySummary } from "./tally.ts";
export { type Target, targetOf } from "./target.ts";
