// `runScenario(…)`: one run of a scenario, in this process, for a test or a program of somebody's own. No coordinator, no
// Redis, no container. The same runs as `unwedge run` makes, and what it says of them with --json.
//
// A script that is handed in has run already, as part of its owner's program: it is trusted as that is. (Scripts that a
// command line names are not: cli/script-file.ts.)

import { writeBundle, writeRecord } from "#cli/bundle-write.ts";
import { drive } from "#cli/drive.ts";
import { hostIo } from "#cli/host.ts";
import { type RunJson, runJson } from "#cli/run-json.ts";
import { type PlannedRun, planRuns } from "#cli/run-plan.ts";
import { runOnSockets } from "#cli/run-sockets.ts";
import type { Scripted } from "#coordinator/scenario/script/index.ts";
import { Recorder } from "#sim/index.ts";

export interface RunScenarioOptions {
  /** The first one, unless it is named. */
  readonly variant?: string;
  /** The scenario's own, unless it is given. */
  readonly seed?: number;
  /** Of every machine, instead of what scenario and variant say. */
  readonly policy?: string;
  /** Path of the scenario → value, as `--set` has them. */
  readonly set?: Readonly<Record<string, string | number | boolean>>;
  /** Virtual time, or a process for each machine and real sockets between them. */
  readonly engine?: "virtual" | "sockets";
  /** Folder for the run's bundle; none is written without one. */
  readonly out?: string;
}

/** What `unwedge run --json` prints. */
export interface ScenarioRun extends RunJson {
  /** null: none was written. */
  readonly bundlePath: string | null;
}

/**
 * Runs what `scenario(…)` has built, a file, or a shipped scenario by its name. Rejects with an UnwedgeError that says
 * everything that is wrong with the scenario; a run that fails or wedges is a result.
 */
export async function runScenario(
  which: string | Scripted,
  options: RunScenarioOptions = {},
): Promise<ScenarioRun> {
  const { variant = null, seed = null, policy = null, engine = "virtual", out = null } = options;
  const io = hostIo();
  const isFile = typeof which === "string";
  const read = isFile ? io.read : (): string => which.text;
  const set = Object.entries(options.set ?? {}).map(([path, value]) => `${path}=${value}`);
  const selection = { variant, seed, policy, set, engine, runs: null, all: false };
  const [planned] = planRuns(isFile ? which : `script ${which.id}`, selection, { read });
  if (planned === undefined) throw new Error("a selection without `all` plans one run");
  const run = engine === "virtual" ? runVirtual : runSockets;
  const report = runJson(await run(planned, out));
  return { ...report, bundlePath: report.artifacts["bundle"] ?? null };
}

type Report = Parameters<typeof runJson>[0];

async function runVirtual(planned: PlannedRun, out: string | null): Promise<Report> {
  const io = hostIo();
  const { resolved: _, text: __, ...identity } = planned;
  const startedAt = io.date();
  const kept: { recorder: Recorder | null } = { recorder: null };
  const end = await drive(planned, {
    nowMs: () => io.nowMs(),
    rest: () => io.rest(0),
    isStopped: () => false,
    onStart: (begun) => {
      if (out !== null) kept.recorder = new Recorder(begun);
    },
    onStep: () => kept.recorder?.observe(),
  });
  const report = { ...identity, ...end, startedAt };
  const { recorder } = kept;
  const bundle =
    recorder === null || out === null ? null : writeBundle({ planned, report, recorder }, out, io);
  return { ...report, bundle };
}

async function runSockets(planned: PlannedRun, out: string | null): Promise<Report> {
  const io = hostIo();
  const { resolved, text: _, ...identity } = planned;
  const startedAt = io.date();
  const crank = { io, isStopped: (): boolean => false };
  const how = { slowdown: 1, foreign: [] };
  const end = await runOnSockets({ resolved, seed: identity.seed }, how, crank);
  const report = { ...identity, ...end, startedAt };
  return { ...report, bundle: out === null ? null : writeRecord(report, out, io) };
}
