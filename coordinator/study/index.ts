export { runStudyJob, type StudyJob, type StudyRun } from "./job.ts";
export { StudyPool, type StudyPoolOptions } from "./pool.ts";
