// `unwedge replay BUNDLE`: runs a bundle's run again, and says whether it is the same.

import { EXIT } from "#base/error.ts";
import { AgainstRecord, type Difference } from "#sim/index.ts";
import { instantOf, type OpenBundle, openBundle } from "./bundle-read.ts";
import { differenceText } from "./determinism.ts";
import { drive } from "./drive.ts";
import { countText, timeText } from "./figures.ts";
import type { Io } from "./io.ts";
import { Progress } from "./progress.ts";
import { exitOf, identityLine, type RunEnd, type RunReport } from "./run-report.ts";
import { pictureLines, runDetails, runLine } from "./run-text.ts";

export interface ReplayOptions {
  /** Compare every event with what was written down. */
  readonly check: boolean;
  /** Stop there; null: at the end. */
  readonly until: string | null;
}

interface Stop {
  exitCode: number;
}

export async function replay(path: string, options: ReplayOptions, io: Io): Promise<number> {
  const bundle = openBundle(path, io);
  const { head } = bundle;
  const untilNs = options.until === null ? null : instantOf("--until", options.until, head);
  const stop: Stop = { exitCode: 0 };
  const stopListening = io.onStop((exitCode) => {
    stop.exitCode = exitCode;
  });
  io.out(`${identityLine([bundle.planned])}\n`);
  try {
    const ended = await rerun(bundle, { ...options, untilNs }, { stop, io });
    if (stop.exitCode !== 0) return stop.exitCode;
    return options.check ? checked(ended, bundle, io) : told(ended, { path, bundle, io });
  } finally {
    stopListening();
  }
}

interface Ended {
  readonly report: RunReport;
  /** Whether only a part was to be run again. */
  readonly isPart: boolean;
  readonly difference: Difference | null;
}

async function rerun(
  { head, planned }: OpenBundle,
  { check, untilNs }: { readonly check: boolean; readonly untilNs: number | null },
  { stop, io }: { readonly stop: Stop; readonly io: Io },
): Promise<Ended> {
  const { resolved: _, text: __, forkedTo: ___, ...identity } = planned;
  const endNs = untilNs ?? (head.ending === "judged" ? Infinity : head.simNs);
  const seen: { against: AgainstRecord | null; found: Difference | null; nextNs: number } = {
    ...{ against: null, found: null, nextNs: 0 },
  };
  const progress = new Progress(io, true);
  const startMs = io.nowMs();
  const startedAt = io.date();
  const title = `replay ${planned.variant ?? planned.scenario} seed ${planned.seed}`;
  const end = await drive(planned, {
    nowMs: () => io.nowMs(),
    rest: () => io.rest(0),
    isStopped: () => stop.exitCode !== 0 || seen.found !== null || seen.nextNs > endNs,
    onStart: (run) => {
      if (check) seen.against = new AgainstRecord(run, head.machines);
    },
    onStep: (run) => {
      seen.nextNs = run.nextAtNs();
      seen.found = seen.against?.difference() ?? null;
    },
    onEnd: (run) => {
      if (seen.found !== null || stop.exitCode !== 0) return;
      if (endNs < Infinity) run.runTo(endNs);
      seen.found = seen.against?.missing(untilNs ?? head.simNs) ?? null;
    },
    onRest: (run) => progress.show(run, startMs, { title, nth: 1, of: 1 }),
  });
  progress.clear();
  const report = { ...identity, ...end, startedAt, bundle: null };
  return { report, isPart: untilNs !== null && !isWhole(end), difference: seen.found };
}

const isWhole = ({ ending }: RunEnd): boolean => ending === "judged";

function checked({ report, isPart, difference }: Ended, { head }: OpenBundle, io: Io): number {
  const { digest, events, simNs, wallMs } = report;
  const wall = `${(wallMs / 1_000).toFixed(2)} s wall`;
  if (difference === null && (isPart || digest === head.digest)) {
    const same = isPart ? "same events" : `same digest: ${digest}`;
    io.out(
      `${same}, ${countText(events)} events of the machines until ${timeText(simNs)} ${wall}\n`,
    );
    return EXIT.ok;
  }
  const lines =
    difference === null
      ? [`the digests differ: ${head.digest} was written down, ${digest} came out`]
      : differenceText(difference, ["written down", "this run"]);
  io.out(`${lines.join("\n")}\n`);
  return EXIT.nondeterministic;
}

function told(
  { report, isPart }: Ended,
  {
    path,
    bundle: { head },
    io,
  }: { readonly path: string; readonly bundle: OpenBundle; readonly io: Io },
): number {
  if (isPart) {
    const pictures = report.machines.flatMap(({ picture }) => pictureLines(picture));
    io.out(`${[`stopped at ${timeText(report.simNs)}`, ...pictures].join("\n")}\n`);
    return EXIT.ok;
  }
  const same = report.digest === head.digest ? "the digest of" : `not the digest ${head.digest} of`;
  const columns = io.settings.columns;
  io.out(`${runLine(report)}\n${runDetails(report, columns)}\n${same} ${path}\n`);
  return head.ending === "judged" ? exitOf(report) : EXIT.ok;
}
