// `unwedge swarm`: random scenarios, or the ones that are named, each held against what must hold of every run; what breaks is made
// small and written out.

import { EXIT, UnwedgeError, worstExit } from "#base/error.ts";
import { type Scenario, toYaml } from "#coordinator/scenario/index.ts";
import {
  type Document,
  drawScenario,
  type Hunted,
  hunt,
  INVARIANTS,
  type Invariant,
  StudyPool,
  type Trial,
} from "#coordinator/study/index.ts";
import { Bar } from "./bar.ts";
import { columnsOf } from "./figures.ts";
import type { Io } from "./io.ts";
import { loadScenario, resolveScenario } from "./scenario-file.ts";
import { document } from "./show.ts";
import { whileOpen } from "./study-runs.ts";
import { verdictsText } from "./study-text.ts";
import { type OnSockets, tryOnSockets } from "./swarm-sockets.ts";

export interface SwarmOptions {
  /** Of the first that is drawn; the others follow it. */
  readonly seed: number;
  /** How many are drawn. */
  readonly runs: number;
  /** No more are begun after so many minutes of the host's time; null: all are. */
  readonly minutes: number | null;
  /** No more than so many smaller scenarios are tried for one that breaks. */
  readonly tries: number;
  readonly threads: number | null;
  /** Host time per machine time of runs on sockets; null: there are none. */
  readonly slowdown: number | null;
  /** Folder for what breaks. */
  readonly out: string;
  readonly json: boolean;
}

/** A scenario to be tried. */
interface Candidate {
  readonly name: string;
  readonly text: string;
  /** null: it was not drawn. */
  readonly drawn: Document | null;
  /** The command that tries it again. */
  readonly again: string;
}

interface Tried {
  readonly candidate: Candidate;
  readonly trial: Trial;
  /** null: it was not run there. */
  readonly sockets: OnSockets | null;
}

interface Broken extends Tried {
  /** null: it was not made small, for it was not drawn, or there was no time. */
  readonly smallest: Made | null;
}

interface Made extends Hunted {
  /** Where it is written. */
  readonly path: string;
}

const MS_PER_MINUTE = 60_000;

export async function swarm(
  names: readonly string[],
  options: SwarmOptions,
  io: Io,
): Promise<number> {
  const candidates = names.length > 0 ? named(names, io) : drawn(options);
  const pool = new StudyPool({ threads: options.threads });
  const untilMs =
    options.minutes === null ? Infinity : io.nowMs() + options.minutes * MS_PER_MINUTE;
  const bar = new Bar(io, candidates.length);
  const found: Found = { trials: new Map(), smallest: new Map(), sockets: new Map() };
  const tell = (why: Why): void => {
    const told = toldOf(candidates, found, why);
    io.out(`${options.json ? JSON.stringify(jsonOf(told), null, 2) : textOf(told)}\n`);
  };
  const interrupted = (): string => `after ${bar.done} of ${candidates.length} scenarios`;
  try {
    return await whileOpen({ pool, io, interrupted }, async () => {
      await tryAll(candidates, { pool, io, untilMs, bar, found });
      for (const broken of toldOf(candidates, found).broken) {
        const { candidate } = broken;
        const smallest = await made(broken, options, { pool, io });
        if (smallest !== null) found.smallest.set(candidate, smallest);
      }
      if (options.slowdown !== null)
        await onSockets(options.slowdown, { pool, io, untilMs, bar, found });
      tell("the time was up");
      return exitOf([...found.trials.values()]);
    });
  } catch (error) {
    bar.clear();
    if (error instanceof UnwedgeError && error.code === "interrupted") tell("interrupted");
    throw error;
  }
}

/** Not drawn here: each is tried as it stands, in its first variant. */
function named(names: readonly string[], io: Io): Candidate[] {
  const resolve = (scenario: Scenario) => document(resolveScenario(scenario, { variant: null }));
  return names.map((name) => ({
    ...{ name, text: resolve(loadScenario(name, io)), drawn: null },
    again: `unwedge swarm ${name}`,
  }));
}

const drawn = ({ seed, runs }: SwarmOptions): Candidate[] =>
  Array.from({ length: runs }, (_, i) => {
    const made = drawScenario(seed + i);
    const again = `unwedge swarm --seed ${seed + i} --runs 1`;
    return { name: `seed ${seed + i}`, text: toYaml(made), drawn: made, again };
  });

/** What is known so far. */
interface Found {
  readonly trials: Map<Candidate, Trial>;
  /** Of what broke, as far as it was made small. */
  readonly smallest: Map<Candidate, Made>;
  readonly sockets: Map<Candidate, OnSockets>;
}

interface Trying {
  readonly pool: StudyPool;
  readonly io: Io;
  readonly untilMs: number;
  readonly bar: Bar;
  readonly found: Found;
}

/** As many lanes as threads, so that none waits for a long one. */
async function tryAll(
  candidates: readonly Candidate[],
  { pool, io, untilMs, bar, found }: Trying,
): Promise<void> {
  const waiting = candidates.values();
  const lane = async (): Promise<void> => {
    for (const candidate of waiting) {
      if (io.nowMs() >= untilMs) return;
      found.trials.set(candidate, await pool.try({ file: candidate.name, text: candidate.text }));
      bar.step(candidate.name);
    }
  };
  await Promise.all(Array.from({ length: pool.threads }, lane));
  bar.clear();
}

/** What held in virtual time, one after the other on sockets. What breaks there is not made small: each try takes its own time. */
async function onSockets(
  slowdown: number,
  { pool, io, untilMs, bar, found }: Trying,
): Promise<void> {
  const stop = { isWanted: false };
  const stopListening = io.onStop(() => {
    stop.isWanted = true;
  });
  const crank = { io, isStopped: () => stop.isWanted };
  const held = [...found.trials].flatMap(([candidate, trial]) => {
    const { verdict, breach } = trial;
    const isSaid = verdict !== null && verdict !== "inconclusive" && breach === null;
    return isSaid ? [{ candidate, trial, verdict }] : [];
  });
  bar.more(held.length);
  try {
    for (const { candidate, trial, verdict } of held) {
      if (io.nowMs() >= untilMs) break;
      const { name: file, text } = candidate;
      const there = await tryOnSockets({ file, text, verdict }, { pool, slowdown, crank });
      found.sockets.set(candidate, there);
      found.trials.set(candidate, { ...trial, breach: there.breach });
      bar.step(`${file} on sockets`);
    }
  } finally {
    bar.clear();
    stopListening();
  }
}

/** What breaks, made small and written; null: it was not drawn, and is as small as its author made it. */
async function made(
  { candidate, trial }: Tried,
  { out, tries }: SwarmOptions,
  { pool, io }: Pick<Trying, "pool" | "io">,
): Promise<Made | null> {
  const { breach } = trial;
  const { drawn: whole, name } = candidate;
  if (breach === null || whole === null) return null;
  if (io.settings.isErrTerminal) io.err(`${name} breaks ${breach.invariant}: making it small\n`);
  const smallest = await hunt({
    ...{ document: whole, breach, width: pool.threads, triesMax: tries },
    runAll: (jobs) => Promise.all(jobs.map((job) => pool.try(job))),
  });
  const path = `${out}/${trial.scenario}.yaml`;
  const head = [
    `breaks ${smallest.breach.invariant}: ${INVARIANTS[smallest.breach.invariant]}`,
    smallest.breach.message,
    `unwedge swarm ${path}`,
  ];
  const text = `${head.map((line) => `# ${line}\n`).join("")}${toYaml(smallest.document)}`;
  io.write(path, new TextEncoder().encode(text));
  return { ...smallest, path };
}

const EXITS: Readonly<Partial<Record<Invariant, number>>> = {
  crash: EXIT.internal,
  repeats: EXIT.nondeterministic,
  saved: EXIT.nondeterministic,
  engines: EXIT.nondeterministic,
};

function exitOf(trials: readonly Trial[]): number {
  const codes = trials.map(({ breach, refused }) => {
    if (refused !== null) return EXIT.invalidScenario;
    return breach === null ? EXIT.ok : (EXITS[breach.invariant] ?? EXIT.failed);
  });
  return worstExit(codes);
}

/** Why some were not tried. */
type Why = "the time was up" | "interrupted";

interface Told {
  /** In the order of their seeds. */
  readonly tried: readonly Tried[];
  readonly broken: readonly Broken[];
  /** How many have not come to their end. */
  readonly left: number;
  readonly why: Why;
}

function toldOf(
  candidates: readonly Candidate[],
  { trials, smallest, sockets }: Found,
  why: Why = "the time was up",
): Told {
  const tried = candidates.flatMap((candidate) => {
    const trial = trials.get(candidate);
    return trial === undefined
      ? []
      : [{ candidate, trial, sockets: sockets.get(candidate) ?? null }];
  });
  const broken = tried
    .filter(({ trial }) => trial.breach !== null)
    .map((each) => ({ ...each, smallest: smallest.get(each.candidate) ?? null }));
  return { tried, broken, left: candidates.length - tried.length, why };
}

function textOf({ tried, broken, left, why }: Told): string {
  const refused = tried.flatMap(({ candidate, trial }) =>
    trial.refused === null ? [] : [`${candidate.name} is no scenario: ${trial.refused}`],
  );
  const long = tried.filter(({ trial }) => isCutShort(trial)).length;
  return [
    `${tried.length} scenarios${left > 0 ? `, ${left} not tried: ${why}` : ""}`,
    ...columnsOf(rowsOf(tried)).map((row) => `  ${row}`),
    ...(long > 0 ? [`${long} given up: too many events`] : []),
    ...socketsText(tried),
    ...refused,
    ...broken.flatMap(brokenText),
    broken.length === 0 ? "nothing broke" : `${broken.length} broke`,
  ].join("\n");
}

/** What the machines did under each policy; a scenario with two counts for both. */
function rowsOf(tried: readonly Tried[]): string[][] {
  const policies = new Set(tried.flatMap(({ trial }) => trial.policies));
  return [...policies].map((policy) => {
    const verdicts = tried
      .filter(({ trial }) => trial.policies.includes(policy))
      .flatMap(({ trial: { judged } }) => (judged === null ? [] : [{ verdict: judged }]));
    return [policy, verdictsText(verdicts)];
  });
}

function socketsText(tried: readonly Tried[]): string[] {
  const there = tried.flatMap(({ candidate, sockets }) =>
    sockets === null ? [] : [{ name: candidate.name, ...sockets }],
  );
  if (there.length === 0) return [];
  const silent = there.filter(({ verdict }) => verdict === null);
  const said = there.length - silent.length;
  return [
    `on sockets: ${said} have a verdict${silent.length > 0 ? `, ${silent.length} say nothing` : ""}`,
    ...silent.map(({ name, why }) => `  ${name}: ${why[0] ?? "no reason"}`),
  ];
}

const isCutShort = ({ verdict, breach, refused }: Trial): boolean =>
  verdict === null && breach === null && refused === null;

function brokenText({ candidate, trial, smallest }: Broken): string[] {
  const breach = smallest?.breach ?? trial.breach;
  if (breach === null) return [];
  return [
    `${candidate.name} breaks ${breach.invariant}: ${INVARIANTS[breach.invariant]}`,
    `  ${breach.message}`,
    ...(smallest === null ? [] : [`  ${smallestText(smallest)}`]),
    `  again: ${smallest === null ? candidate.again : `unwedge swarm ${smallest.path}`}`,
  ];
}

const smallestText = ({ path, tries, isSmallest }: Made): string =>
  `${path}, after ${tries} tries${isSmallest ? "" : "; it may not be the smallest"}`;

const jsonOf = ({ tried, broken, left, why }: Told): object => ({
  scenarios: tried.map(({ candidate, trial, sockets }) => ({
    name: candidate.name,
    ...trial,
    ...(sockets !== null && { sockets: { verdict: sockets.verdict, why: sockets.why } }),
  })),
  notTried: left,
  isInterrupted: why === "interrupted",
  broken: broken.map(({ candidate, trial, smallest }) => ({
    name: candidate.name,
    breach: smallest?.breach ?? trial.breach,
    path: smallest?.path ?? null,
    tries: smallest?.tries ?? 0,
    isSmallest: smallest?.isSmallest ?? false,
  })),
});
