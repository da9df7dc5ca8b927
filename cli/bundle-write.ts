// Where a run's bundle goes, and what of the run it says.

import type { Recorder } from "#sim/index.ts";
import packageJson from "../package.json" with { type: "json" };
import { encodeBundle, type HeadWithoutKeyframes } from "./bundle-file.ts";
import type { Io } from "./io.ts";
import type { PlannedRun } from "./run-plan.ts";
import type { RunReport } from "./run-report.ts";
import { document } from "./show.ts";

export const BUNDLES_FOLDER = "runs";

type Ended = Omit<RunReport, "bundle">;

/** Gives the path; null: it could not be written, which is said, and costs the run nothing. */
export function writeBundle(
  { planned, report, recorder }: Written,
  folder: string,
  io: Pick<Io, "write" | "err">,
): string | null {
  const path = `${folder}/${nameOf(report)}`;
  const recording = recorder.recording();
  recorder.close();
  const head = headOf(planned, report, recording.machines);
  try {
    io.write(path, encodeBundle(head, recording));
    return path;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    io.err(`${path}: the bundle could not be written: ${why}\n`);
    return null;
  }
}

/** What a run on sockets leaves: all that was said of it, as JSON. Gives the path; null: it could not be written. */
export function writeRecord(
  report: Ended,
  folder: string,
  io: Pick<Io, "write" | "err">,
): string | null {
  const { scenario, variant, seed, startedAt } = report;
  const moment = startedAt.replaceAll(/[^0-9]/g, "").slice(0, 14);
  const parts = [scenario, variant, String(seed), "sockets", moment];
  const path = `${folder}/${parts.filter((part) => part !== null).join("-")}.json`;
  const record = { schema: "unwedge-record/v1", ...report };
  try {
    io.write(path, new TextEncoder().encode(`${JSON.stringify(record, null, 2)}\n`));
    return path;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    io.err(`${path}: the record could not be written: ${why}\n`);
    return null;
  }
}

interface Written {
  readonly planned: PlannedRun;
  readonly report: Ended;
  readonly recorder: Recorder;
}

/** Digits of the digest that tell runs apart by name. */
const DIGEST_DIGITS = 8;

function nameOf({ scenario, variant, seed, digest }: Ended): string {
  const parts = [scenario, variant, String(seed), digest.slice(0, DIGEST_DIGITS)];
  return `${parts.filter((part) => part !== null).join("-")}.unwedge`;
}

function headOf(
  { resolved, text }: PlannedRun,
  report: Ended,
  machines: HeadWithoutKeyframes["machines"],
): HeadWithoutKeyframes {
  const { scenario: id, file, sha256, variant, seed, policy, settings, forks = [], model } = report;
  const { startedAt, wallMs, digest, events, simNs, result, certificate } = report;
  const ending = report.ending === "node-lost" ? "interrupted" : report.ending;
  return {
    schema: "unwedge-bundle/v1",
    versions: { tool: packageJson.version, model, node: process.versions.node },
    scenario: { id, file, sha256, text, resolved: document(resolved) },
    ...{ variant, seed, policy, settings, forks, engine: "virtual" },
    ...{ startedAt, wallMs, ending, digest, events, simNs, result },
    certificate,
    machines,
  };
}
