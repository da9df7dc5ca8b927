// A run's record as pages are told of it: without its report, which may be large.

import type { ToldRun } from "#sim/index.ts";
import type { RunRecord } from "../runs/record.ts";

export function toldRun(record: RunRecord, hasFilm: boolean): ToldRun {
  const { id, request, variant, seed, state, verdict, certainty, status, askedAtMs, why } = record;
  const { scenario, policy, set: settings } = request;
  const digest = digestOf(record.report);
  return {
    ...{ id, scenario, variant, policy, settings, seed, state, verdict, certainty, status },
    ...{ askedAtMs, why, digest, hasFilm },
  };
}

const digestOf = (report: unknown): string | null =>
  typeof report === "object" &&
  report !== null &&
  "digest" in report &&
  typeof report.digest === "string" &&
  report.digest !== ""
    ? report.digest
    : null;
