export { type Attack, type Attacked, attack, costOf } from "./attack.ts";
export { resolveStudyJob, runStudyJob, type StudyJob, type StudyRun } from "./job.ts";
export { StudyPool, type StudyPoolOptions } from "./pool.ts";
export { type Answer, type Change, isRescued, type Rescue, rescue } from "./rescue.ts";
