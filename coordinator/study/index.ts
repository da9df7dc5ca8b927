export { type Attack, type Attacked, attack, costOf } from "./attack.ts";
export { resolveStudyJob, runStudyJob, type StudyJob, type StudyRun } from "./job.ts";
export { StudyPool, type StudyPoolOptions } from "./pool.ts";
export { type Answer, type Change, isRescued, type Rescue, rescue } from "./rescue.ts";
export { type Breach, brokenByEngines, INVARIANTS, type Invariant } from "./swarm/breach.ts";
export type { Document } from "./swarm/cast.ts";
export { drawScenario } from "./swarm/draw.ts";
export { type Hunted, hunt } from "./swarm/hunt.ts";
export type { Trial, TrialJob } from "./swarm/trial.ts";
