export { resolveStudyJob, runStudyJob, type StudyJob, type StudyRun } from "./job.ts";
export { StudyPool, type StudyPoolOptions } from "./pool.ts";
export { type Answer, type Change, isRescued, type Rescue, rescue } from "./rescue.ts";
