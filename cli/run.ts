// `unwedge run FILE`: runs a scenario, in virtual time or on real sockets, and says what became of it.
//
// Results go to stdout, progress to stderr. The first line has everything that is needed to repeat the runs, the last one
// the command that does.

import { EXIT, UnwedgeError, worstExit } from "#base/error.ts";
import { engineRefusal } from "#coordinator/scenario/index.ts";
import { Recorder, Run, SideBySide } from "#sim/index.ts";
import { writeBundle, writeRecord } from "./bundle-write.ts";
import type { ClusterAt } from "./cluster-client.ts";
import { differenceText } from "./determinism.ts";
import { drive } from "./drive.ts";
import { dryText } from "./dry-run.ts";
import { EventStream } from "./event-stream.ts";
import { columnsOf } from "./figures.ts";
import { annotations, summary } from "./github.ts";
import type { Io } from "./io.ts";
import { junitText } from "./junit.ts";
import { Progress } from "./progress.ts";
import { runOnCluster } from "./run-cluster.ts";
import { runJson, runsJson } from "./run-json.ts";
import { type PlannedRun, planRuns, type Selection } from "./run-plan.ts";
import { exitOf, identityLine, type RunReport, repeatCommand, statusOf } from "./run-report.ts";
import { runOnSockets } from "./run-sockets.ts";
import { runDetails, runLine } from "./run-text.ts";
import { highatomicLines, tallies, tallyText } from "./tally.ts";

export interface RunOptions extends Selection {
  readonly engine: RunReport["engine"];
  /** Host time per machine time, on sockets and on a cluster; null: nothing was said. */
  readonly slowdown: number | null;
  /** The cluster that is up, for `--engine cluster`. */
  readonly at: ClusterAt;
  /** Hosts that somebody else plays, on sockets. */
  readonly foreign: readonly string[];
  /** Run nothing, say what would be run. */
  readonly dry: boolean;
  readonly checkDeterminism: boolean;
  /** Folder for bundles; null: none are written. */
  readonly out: string | null;
  /** Path of a file for JUnit XML; null: none is wanted. */
  readonly junit: string | null;
  readonly print: "text" | "quiet" | "json" | "ndjson";
}

export async function run(name: string, options: RunOptions, io: Io): Promise<number> {
  if (options.checkDeterminism && options.engine !== "virtual")
    throw new UnwedgeError(
      "usage",
      `--check-determinism with --engine ${options.engine}: only virtual time gives the same run twice`,
    );
  const plan = planRuns(name, options, io);
  for (const { resolved } of plan) {
    const refusal = engineRefusal(resolved, options.engine);
    if (refusal !== null) throw new UnwedgeError("skipped", refusal);
  }
  if (options.dry) return dry(plan, io);
  const stop = { exitCode: 0 };
  const stopListening = io.onStop((exitCode) => {
    stop.exitCode = exitCode;
  });
  try {
    return options.checkDeterminism
      ? await checkDeterminism(plan, stop, io)
      : await runAll(plan, options, stop, io);
  } finally {
    stopListening();
  }
}

function dry(plan: readonly PlannedRun[], io: Io): number {
  io.out(`${identityLine(plan)}\n`);
  const variants = [...new Set(plan.map(({ resolved }) => resolved))];
  for (const scenario of variants) {
    const seeds = plan.filter(({ resolved }) => resolved === scenario).map(({ seed }) => seed);
    io.out(`${dryText({ scenario, seeds })}\n`);
  }
  io.out("nothing was run\n");
  return EXIT.ok;
}

interface Stop {
  /** What to exit with once somebody wants the command to end; 0: nobody does. */
  exitCode: number;
}

async function runAll(
  plan: readonly PlannedRun[],
  options: RunOptions,
  stop: Stop,
  io: Io,
): Promise<number> {
  const { print } = options;
  if (print === "text") io.out(`${identityLine(plan)}\n`);
  const progress = new Progress(io, print !== "quiet");
  const stream = print === "ndjson" ? new EventStream((line) => io.out(line)) : null;
  const reports: RunReport[] = [];
  for (const [i, planned] of plan.entries()) {
    if (stop.exitCode !== 0) break;
    const place = { title: titleOf(planned), nth: i + 1, of: plan.length };
    const { out } = options;
    const around = { io, stop, progress, place, stream, out };
    const report = await runOneOn(planned, options, around);
    reports.push(report);
    progress.clear();
    if (print === "text") printOne(report, plan.length, io);
  }
  printAll(reports, plan.length, print, io, stream);
  leave(reports, options, io);
  return stop.exitCode === 0 ? worstExit(reports.map(exitOf)) : stop.exitCode;
}

const titleOf = ({ variant, scenario, seed }: PlannedRun): string =>
  `${variant ?? scenario} seed ${seed}`;

interface Surroundings {
  readonly io: Io;
  readonly stop: Stop;
  readonly progress: Progress;
  readonly place: Parameters<Progress["show"]>[2];
  readonly stream: EventStream | null;
  readonly out: string | null;
}

function runOneOn(
  planned: PlannedRun,
  options: RunOptions,
  around: Surroundings,
): Promise<RunReport> {
  switch (planned.engine) {
    case "virtual":
      return runOne(planned, around);
    case "sockets":
      return runOneOnSockets(planned, options, around);
    case "cluster":
      return runOneOnCluster(planned, options, around);
  }
}

async function runOne(
  planned: PlannedRun,
  { io, stop, progress, place, stream, out }: Surroundings,
): Promise<RunReport> {
  const { resolved: _, text: __, ...identity } = planned;
  const kept: { recorder: Recorder | null } = { recorder: null };
  const startedAt = io.date();
  const startMs = io.nowMs();
  const end = await drive(planned, {
    nowMs: () => io.nowMs(),
    rest: () => io.rest(0),
    isStopped: () => stop.exitCode !== 0,
    onStart: (begun) => {
      if (out !== null) kept.recorder = new Recorder(begun);
    },
    onStep: (current) => {
      kept.recorder?.observe();
      stream?.drain(current);
    },
    onRest: (current) => progress.show(current, startMs, place),
  });
  const report = { ...identity, ...end, startedAt };
  const { recorder } = kept;
  const bundle =
    recorder === null || out === null ? null : writeBundle({ planned, report, recorder }, out, io);
  return { ...report, bundle };
}

async function runOneOnSockets(
  planned: PlannedRun,
  options: Pick<RunOptions, "slowdown" | "foreign">,
  { io, stop, out }: Surroundings,
): Promise<RunReport> {
  const { resolved, text: _, ...identity } = planned;
  const startedAt = io.date();
  const isStopped = (): boolean => stop.exitCode !== 0;
  const { foreign, slowdown } = options;
  const how = { foreign, slowdown: slowdown ?? 1 };
  const end = await runOnSockets({ resolved, seed: identity.seed }, how, { io, isStopped });
  const report = { ...identity, ...end, startedAt };
  return { ...report, bundle: out === null ? null : writeRecord(report, out, io) };
}

/** The coordinator keeps its record. */
async function runOneOnCluster(
  planned: PlannedRun,
  options: Pick<RunOptions, "at" | "slowdown" | "print" | "foreign">,
  { io, stop }: Surroundings,
): Promise<RunReport> {
  const { resolved: _, text: __, ...identity } = planned;
  const startedAt = io.date();
  const isStopped = (): boolean => stop.exitCode !== 0;
  const crank = { io, isStopped, isQuiet: options.print === "quiet" };
  const end = await runOnCluster(planned, options, crank);
  return { ...identity, ...end, startedAt, bundle: null };
}

/** For what reads results of tests: a file that was asked for, and what GitHub shows of a step. */
function leave(reports: readonly RunReport[], { junit }: Pick<RunOptions, "junit">, io: Io): void {
  const text = new TextEncoder();
  if (junit !== null) io.write(junit, text.encode(junitText(reports)));
  const { githubSummary } = io.settings;
  if (githubSummary === null) return;
  for (const line of annotations(reports)) io.err(`${line}\n`);
  if (githubSummary === "") return;
  const before = io.read(githubSummary) ?? "";
  io.write(githubSummary, text.encode(before + summary(reports)));
}

/** A run's own line, and all about it when it failed or is the only one. */
function printOne(report: RunReport, of: number, io: Io): void {
  io.out(`${runLine(report)}\n`);
  if (of === 1 || statusOf(report) === "fail")
    io.out(`${runDetails(report, io.settings.columns)}\n`);
}

function printAll(
  reports: readonly RunReport[],
  planned: number,
  print: RunOptions["print"],
  io: Io,
  stream: EventStream | null,
): void {
  const [first] = reports;
  const isOne = planned === 1 && first !== undefined;
  switch (print) {
    case "quiet":
      io.out(`${isOne ? runLine(first) : tallyLines(reports).join("; ")}\n`);
      return;
    case "json":
      io.out(
        `${JSON.stringify(isOne ? runJson(first) : runsJson(reports, tallies(reports)), null, 2)}\n`,
      );
      return;
    case "ndjson":
      stream?.line({
        event: "result",
        ...(isOne ? runJson(first) : runsJson(reports, tallies(reports))),
      });
      return;
    case "text":
      if (!isOne) printTally(reports, planned, io);
      return;
  }
}

const tallyLines = (reports: readonly RunReport[]): string[] =>
  columnsOf(tallies(reports).map(tallyText));

/** More of them are found by their names. */
const BUNDLES_NAMED_MAX = 10;

/** Of what did not pass: where all about it is kept. */
const bundleLines = (reports: readonly RunReport[]): string[] =>
  reports
    .filter((report) => statusOf(report) !== "pass")
    .flatMap(({ variant, seed, bundle }) =>
      bundle === null ? [] : [`${variant ?? "-"} ${seed}: ${bundle}`],
    )
    .slice(0, BUNDLES_NAMED_MAX);

function printTally(all: readonly RunReport[], planned: number, io: Io): void {
  const reports = all.filter(({ ending }) => ending !== "interrupted");
  const done = reports.length === planned ? "" : ` (${reports.length} of ${planned} runs)`;
  const worst = reports.find((report) => statusOf(report) !== "pass");
  const lines = [
    "",
    `tally${done}, with 95 % intervals`,
    ...tallyLines(reports).map((line) => `  ${line}`),
    ...highatomicLines(reports),
    ...bundleLines(reports),
    ...(worst === undefined ? [] : ["", repeatCommand(worst)]),
  ];
  io.out(`${lines.join("\n")}\n`);
}

/** Each planned run twice, side by side. */
async function checkDeterminism(plan: readonly PlannedRun[], stop: Stop, io: Io): Promise<number> {
  io.out(`${identityLine(plan)}\n`);
  let exitCode: number = EXIT.ok;
  for (const planned of plan) {
    const pair = [newRun(planned), newRun(planned)] as const;
    const found = await compareRuns(pair, stop, io);
    if (stop.exitCode !== 0) return stop.exitCode;
    const what = found === null ? `same digest twice: ${pair[0].world.digest()}` : found;
    io.out(`${planned.variant ?? "-"} ${planned.seed} ${what}\n`);
    if (found !== null) exitCode = EXIT.nondeterministic;
  }
  return exitCode;
}

const newRun = ({ resolved, seed }: PlannedRun): Run => new Run({ scenario: resolved, seed });

/** What differs between two runs, in words; null: nothing did until both were judged. */
export async function compareRuns(
  [one, other]: readonly [Run, Run],
  stop: Stop,
  io: Pick<Io, "nowMs" | "rest">,
): Promise<string | null> {
  const pair = new SideBySide(one, other);
  let restedMs = io.nowMs();
  while (!(one.isJudged || other.isJudged) && stop.exitCode === 0) {
    one.step();
    other.step();
    const found = pair.difference();
    if (found !== null) return differenceText(found, ["first run", "second run"]).join("\n");
    if (io.nowMs() - restedMs < 50) continue;
    await io.rest(0);
    restedMs = io.nowMs();
  }
  return null;
}
