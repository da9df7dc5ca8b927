// What a thread of the pool runs: one job after the other, each from its text to its verdict.

export { runStudyJob } from "./job.ts";
export { runTrial } from "./swarm/trial.ts";
