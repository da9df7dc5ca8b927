// `unwedge run --json`: the same report for programs. docs/cli.md describes every key; times are seconds, memory is pages.

import type { Certificate } from "#explain/index.ts";
import { accountOf } from "./account.ts";
import type { MachinePicture } from "./machine-picture.ts";
import { type RunReport, repeatCommand, statusOf, verdictOf, whyOf } from "./run-report.ts";
import type { Tally } from "./tally.ts";

export const RUN_SCHEMA = "unwedge-run/v1";
export const RUNS_SCHEMA = "unwedge-runs/v1";

export interface RunJson {
  readonly schema: typeof RUN_SCHEMA;
  readonly tool: string;
  readonly scenario: { readonly id: string; readonly sha: string };
  readonly variant: string | null;
  readonly seed: number;
  readonly engine: "virtual" | "sockets" | "cluster";
  readonly model: string;
  readonly policy: string | null;
  readonly set: readonly string[];
  readonly status: "pass" | "fail" | "inconclusive";
  /** What ended it. */
  readonly ending: RunReport["ending"];
  readonly verdict: string;
  readonly certainty: string | null;
  /** The digest of the run's events. */
  readonly hash: string;
  readonly events: number;
  readonly started: string;
  readonly wallSeconds: number;
  readonly simSeconds: number;
  readonly checks: readonly CheckJson[];
  readonly faults: readonly FaultJson[];
  readonly explanation: ExplanationJson;
  readonly machines: readonly MachinePicture[];
  readonly artifacts: Readonly<Record<string, string>>;
  /** What the host had to do with it, in sentences; empty in virtual time. */
  readonly host: readonly string[];
  readonly repeat: string;
}

interface CheckJson {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
  readonly severity: string;
  readonly at: number;
  readonly value: number | string | null;
  readonly expected: string;
  readonly anchor: string | null;
  readonly line: number;
  readonly message: string;
}

interface FaultJson {
  readonly id: string;
  readonly name: string;
  readonly target: string;
  readonly injectedAt: number;
  readonly healedAt: number;
  readonly receipt: string;
}

interface ExplanationJson {
  readonly text: readonly string[];
  /** Names of parties, each waiting for the next and the last for the first; empty: nobody waits in a circle. */
  readonly cycle: readonly string[];
  /** What the state proves of a wedge; null: it did not wedge. */
  readonly certificate: Certificate | null;
  /** Pages by owner, of each machine. */
  readonly pages: Readonly<Record<string, MachinePicture["pages"]>>;
  readonly events: readonly string[];
}

const seconds = (ns: number): number => ns / 1e9;

export function runJson(report: RunReport): RunJson {
  const { result } = report;
  return {
    schema: RUN_SCHEMA,
    tool: `unwedge ${report.model}`,
    scenario: { id: report.scenario, sha: report.sha256 },
    variant: report.variant,
    seed: report.seed,
    engine: report.engine,
    model: report.model,
    policy: report.policy,
    set: report.settings,
    status: statusOf(report),
    ending: report.ending,
    verdict: verdictOf(report),
    certainty: result?.certainty ?? null,
    hash: report.digest,
    events: report.events,
    started: report.startedAt,
    wallSeconds: report.wallMs / 1_000,
    simSeconds: seconds(report.simNs),
    checks: checksOf(report),
    faults: faultsOf(report),
    explanation: explanationOf(report),
    machines: report.machines.map(({ picture }) => picture),
    artifacts: report.bundle === null ? {} : { bundle: report.bundle },
    host: report.host,
    repeat: repeatCommand(report),
  };
}

/** Of several runs. */
export function runsJson(reports: readonly RunReport[], tally: readonly Tally[]) {
  return { schema: RUNS_SCHEMA, runs: reports.map(runJson), tally };
}

function checksOf({ result }: RunReport): CheckJson[] {
  return (result?.checks ?? []).map((check) => {
    const { id, kind, status, severity, atNs, value, valueText, expected } = check;
    const { anchor, line, message } = check;
    const measured = value ?? (valueText === "" ? null : valueText);
    return {
      ...{ id, kind, status, severity, at: seconds(atNs), value: measured },
      ...{ expected, anchor, line, message },
    };
  });
}

function faultsOf({ result }: RunReport): FaultJson[] {
  return (result?.faults ?? []).map(({ injectedAtNs, healedAtNs, ...fault }) => ({
    ...fault,
    injectedAt: seconds(injectedAtNs),
    healedAt: seconds(healedAtNs),
  }));
}

function explanationOf(report: RunReport): ExplanationJson {
  return {
    text: [...whyOf(report), ...accountOf(report)],
    cycle: report.certificate?.cycle ?? [],
    certificate: report.certificate,
    pages: Object.fromEntries(
      report.machines.map(({ picture }) => [picture.name, picture.pages] as const),
    ),
    events: [],
  };
}
