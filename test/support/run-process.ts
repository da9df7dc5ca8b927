// The process that runs jobs for batch.ts: one after the other, until it is told no more.

import { type RunJob, runJob } from "./run-job.ts";

process.on("message", (job: RunJob) => {
  process.send?.(runJob(job));
});
