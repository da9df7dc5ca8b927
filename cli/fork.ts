// `unwedge fork BUNDLE@T --set …`: a bundle's run up to an instant, and from there on under other settings.
//
// Whether it can go on so is asked of the state at T, from the nearest keyframe. Then the run is made from its beginning, so
// that its own bundle has all of it, and what was written down of the first run says where the two part.

import { EXIT, UnwedgeError } from "#base/error.ts";
import { AgainstRecord, type Difference, Recorder } from "#sim/index.ts";
import { instantOf, type OpenBundle, openBundle } from "./bundle-read.ts";
import { writeBundle } from "./bundle-write.ts";
import { differenceText } from "./determinism.ts";
import { drive } from "./drive.ts";
import { columnsOf, timeText } from "./figures.ts";
import type { Io } from "./io.ts";
import { Progress } from "./progress.ts";
import { runAt } from "./run-at.ts";
import { runJson } from "./run-json.ts";
import type { PlannedRun } from "./run-plan.ts";
import { identityLine, type RunReport, replayCommand } from "./run-report.ts";

export interface ForkOptions {
  readonly policy: string | null;
  readonly set: readonly string[];
  /** Folder for the fork's bundle; null: none is written. */
  readonly out: string | null;
  readonly json: boolean;
}

export async function fork(place: string, options: ForkOptions, io: Io): Promise<number> {
  const at = place.lastIndexOf("@");
  if (at <= 0)
    throw new UnwedgeError("usage", `${place}: expected BUNDLE@TIME, as in run.unwedge@5s`);
  const bundle = openBundle(place.slice(0, at), io);
  const atNs = instantOf("@", place.slice(at + 1), bundle.head);
  const planned = bundle.goOn(atNs, options);
  const run = await runAt(bundle, atNs, io);
  if (run === null) return EXIT.interrupted;
  checkFork(run, planned, atNs);
  const { report, difference } = await forked(bundle, planned, options, io);
  if (report.ending === "interrupted") return EXIT.interrupted;
  const told = { head: bundle.head, atNs, report, difference };
  io.out(options.json ? `${JSON.stringify(jsonOf(told), null, 2)}\n` : `${text(told)}\n`);
  if (report.ending === "wall-limit") return EXIT.wallLimit;
  // Before the fork nothing was to differ.
  return isBefore(difference, atNs) ? EXIT.nondeterministic : EXIT.ok;
}

function checkFork(
  run: NonNullable<Awaited<ReturnType<typeof runAt>>>,
  { forkedTo = [] }: PlannedRun,
  atNs: number,
): void {
  if (run.isJudged) throw new UnwedgeError("usage", `@${timeText(atNs)}: the run is over then`);
  const scenario = forkedTo.at(-1)?.scenario;
  const refusals = scenario === undefined ? [] : run.become(scenario);
  if (refusals.length === 0) return;
  const said = refusals.map((refusal) => `  ${refusal}`).join("\n");
  throw new UnwedgeError("usage", `this cannot change in the middle of a run:\n${said}`);
}

interface Forked {
  readonly report: RunReport;
  readonly difference: Difference | null;
}

async function forked(
  { head }: OpenBundle,
  planned: PlannedRun,
  { out }: ForkOptions,
  io: Io,
): Promise<Forked> {
  const { resolved: _, text: __, forkedTo: ___, ...identity } = planned;
  const stop = { isWanted: false };
  const stopListening = io.onStop(() => {
    stop.isWanted = true;
  });
  const kept: { recorder: Recorder | null; against: AgainstRecord | null } = {
    ...{ recorder: null, against: null },
  };
  const seen: { found: Difference | null } = { found: null };
  const progress = new Progress(io, true);
  const startedAt = io.date();
  const startMs = io.nowMs();
  const end = await drive(planned, {
    nowMs: () => io.nowMs(),
    rest: () => io.rest(0),
    isStopped: () => stop.isWanted,
    onStart: (run) => {
      if (out !== null) kept.recorder = new Recorder(run);
      kept.against = new AgainstRecord(run, head.machines);
    },
    onStep: () => {
      kept.recorder?.observe();
      seen.found ??= kept.against?.difference() ?? null;
    },
    onEnd: () => {
      seen.found ??= kept.against?.missing(head.simNs) ?? null;
    },
    onRest: (run) => progress.show(run, startMs, { title: "fork", nth: 1, of: 1 }),
  });
  progress.clear();
  stopListening();
  const report = { ...identity, ...end, startedAt };
  const { recorder } = kept;
  // The same run has its bundle already, under that very name.
  const isOther = seen.found !== null;
  const bundle =
    recorder !== null && out !== null && isOther
      ? writeBundle({ planned, report, recorder }, out, io)
      : null;
  return { report: { ...report, bundle }, difference: seen.found };
}

interface Told extends Forked {
  readonly head: OpenBundle["head"];
  readonly atNs: number;
}

/** What the machines did; whether the scenario's other checks were met by then is not asked. */
function judgedText({ result }: Pick<RunReport, "result">): string {
  if (result === null) return "not judged";
  return result.certainty === null ? result.judged : `${result.judged} (${result.certainty})`;
}

const timeOf = ({ one, other }: Difference): number =>
  Math.min(one?.atNs ?? Infinity, other?.atNs ?? Infinity);

const isBefore = (difference: Difference | null, atNs: number): boolean =>
  difference !== null && timeOf(difference) < atNs;

const SIDES = ["as it was", "forked"] as const;

function text({ head, report, difference, atNs }: Told): string {
  const rows = [
    [SIDES[0], judgedText(head), head.digest, timeText(head.simNs)],
    [SIDES[1], judgedText(report), report.digest, timeText(report.simNs)],
  ];
  return [
    identityLine([report]),
    ...columnsOf(rows),
    ...(difference === null
      ? [`no event differs: what was changed at ${timeText(atNs)} changes nothing`]
      : differenceText(difference, SIDES)),
    ...(isBefore(difference, atNs)
      ? ["they differ before the fork: this model does not repeat the bundle's run"]
      : []),
    ...(report.bundle === null ? [] : [replayCommand(report.bundle)]),
  ].join("\n");
}

const jsonOf = ({ head, report, difference, atNs }: Told): object => ({
  at: atNs / 1e9,
  was: { verdict: head.result?.judged ?? null, hash: head.digest, simSeconds: head.simNs / 1e9 },
  forked: runJson(report),
  forks: report.forks,
  difference,
});
