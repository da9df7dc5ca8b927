// Everything that is said of one run: plain data, so that a worker can hand it over and `--json` can print it.

import { EXIT } from "#base/error.ts";
import type { SampleRow } from "#coordinator/engine/index.ts";
import type { CheckStatus, RunResult, Verdict } from "#coordinator/scenario/index.ts";
import type { Certificate } from "#explain/index.ts";
import type { BundledFork } from "#sim/index.ts";
import type { Chapter } from "./chronicle.ts";
import { timeText } from "./figures.ts";
import type { MachinePicture } from "./machine-picture.ts";

/** What has to be known to repeat a run. */
export interface RunIdentity {
  /** Id of the scenario. */
  readonly scenario: string;
  /** As the command line names the file. */
  readonly file: string;
  /** SHA-256 of the file, in hexadecimal. */
  readonly sha256: string;
  readonly variant: string | null;
  readonly seed: number;
  readonly engine: "virtual" | "sockets" | "cluster";
  /** What the engine was told besides, as words of a command line. */
  readonly engineWords: readonly string[];
  /** Version of the model. */
  readonly model: string;
  readonly policy: string | null;
  /** `--set` as given. */
  readonly settings: readonly string[];
  /** Where it went on otherwise (`unwedge fork`); left out: nowhere. */
  readonly forks?: readonly BundledFork[];
}

/** How a run ended. */
export interface RunEnd {
  /** judged: by itself. */
  readonly ending: "judged" | "wall-limit" | "interrupted" | "node-lost";
  /** null: it was not judged. */
  readonly result: RunResult | null;
  readonly digest: string;
  readonly events: number;
  readonly simNs: number;
  readonly wallMs: number;
  readonly machines: readonly MachineStory[];
  /** Why it wedged; null: it did not, or was not judged. */
  readonly certificate: Certificate | null;
  /** What the host had to do with it; empty in virtual time. */
  readonly host: readonly string[];
  /** On sockets: what the nodes said, once a second. */
  readonly samples?: readonly SampleRow[];
}

export interface MachineStory {
  /** As the run ended. */
  readonly picture: MachinePicture;
  readonly chapters: readonly Chapter[];
}

export interface RunReport extends RunIdentity, RunEnd {
  /** ISO 8601. */
  readonly startedAt: string;
  /** Path of the run's bundle; null: none was written. */
  readonly bundle: string | null;
}

export const statusOf = ({ result }: RunEnd): CheckStatus => result?.status ?? "inconclusive";
export const verdictOf = ({ result }: RunEnd): Verdict => result?.verdict ?? "inconclusive";

const STOPPED: Readonly<Record<RunEnd["ending"], string>> = {
  judged: "",
  "wall-limit": "the wall limit was reached before the run could be judged",
  interrupted: "interrupted before the run could be judged",
  "node-lost": "a machine's process was lost before the run could be judged",
};

/** Why the verdict is what it is: in the judge's words, or what kept the run from being judged. */
export const whyOf = ({ result, ending }: RunEnd): readonly string[] =>
  result === null ? [STOPPED[ending]] : result.why;

/** `wedged (certain)`. */
export function verdictText(end: RunEnd): string {
  const certainty = end.result?.certainty ?? null;
  return certainty === null ? verdictOf(end) : `${verdictOf(end)} (${certainty})`;
}

const EXIT_BY_STATUS = { pass: EXIT.ok, fail: EXIT.failed, inconclusive: EXIT.inconclusive };

/** What the command exits with if this was its only run. */
export function exitOf(end: RunEnd): number {
  if (end.ending === "interrupted") return EXIT.interrupted;
  if (end.ending === "wall-limit") return EXIT.wallLimit;
  return EXIT_BY_STATUS[statusOf(end)];
}

/** Words a shell takes as they are. */
const PLAIN_WORD = /^[\w@%+=:,./-]+$/;
const quoted = (word: string): string =>
  PLAIN_WORD.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** The command that does it again. */
export function repeatCommand(run: Omit<RunIdentity, "scenario" | "sha256" | "model">): string {
  const words = ["unwedge", "run", run.file];
  if (run.variant !== null) words.push("--variant", run.variant);
  words.push("--seed", String(run.seed));
  if (run.policy !== null) words.push("--policy", run.policy);
  if (run.engine !== "virtual") words.push("--engine", run.engine, ...run.engineWords);
  for (const setting of run.settings) words.push("--set", setting);
  return words.map(quoted).join(" ");
}

/** The command that checks the run's bundle. */
export const replayCommand = (bundle: string): string =>
  ["unwedge", "replay", bundle, "--check"].map(quoted).join(" ");

const changedText = ({ policy, settings }: Pick<RunIdentity, "policy" | "settings">): string[] => [
  ...(policy === null ? [] : [`policy ${policy}`]),
  ...settings.map((setting) => `set ${setting}`),
];

/** `scenario sha256:ab12… name variant reserve seed 7 engine virtual model 1.4.0`: everything a run depends on. */
export function identityLine(runs: readonly RunIdentity[]): string {
  const [first] = runs;
  if (first === undefined) return "";
  const variants = [...new Set(runs.map(({ variant }) => variant ?? "-"))];
  const seeds = [...new Set(runs.map(({ seed }) => seed))];
  const forks = first.forks ?? [];
  const changed = [
    ...changedText(first),
    ...forks.flatMap((fork) => [`from ${timeText(fork.atNs)}`, ...changedText(fork)]),
  ];
  return [
    `scenario sha256:${first.sha256.slice(0, 12)}… ${first.scenario}`,
    variants.length === 1 ? `variant ${variants[0]}` : `variants ${variants.join(",")}`,
    seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${Math.min(...seeds)}-${Math.max(...seeds)}`,
    `engine ${first.engine} model ${first.model}`,
    ...changed,
  ].join(" ");
}
