// One run of a shipped scenario as a job that can be sent to another process, and what comes back of it. Plain data both.

import { readFileSync } from "node:fs";
import {
  diagnosticText,
  openScenario,
  parseSetting,
  type ResolvedScenario,
  type RunResult,
} from "#coordinator/scenario/index.ts";
import type { Machine } from "#kernel/index.ts";
import { Run } from "#sim/index.ts";
import { withoutHost } from "./poison.ts";

export interface RunJob {
  /** Name of a shipped scenario. */
  readonly scenario: string;
  readonly variant: string;
  readonly seed: number;
  /** As after --set. */
  readonly settings?: readonly string[];
  /** How often it is run, one after the other in one process. */
  readonly times?: number;
}

/** The machine at one instant. Pages. */
export interface Picture {
  readonly freePages: number;
  /** Free pages in blocks that only atomic requests of higher orders may have. */
  readonly freeHighatomicPages: number;
  /** Packets that were dropped because they lay in reserve memory and nobody critical waited for them. */
  readonly tossed: number;
  /** Packets for the swap socket that were lost after it was found. */
  readonly lostMarked: number;
  /** Packets that TCP had no room for, by its limits. */
  readonly refused: number;
  readonly swappedOutPages: number;
  readonly swappedInPages: number;
}

export interface RunReport {
  readonly job: RunJob;
  /** One for each time. */
  readonly digests: readonly string[];
  readonly result: RunResult;
  readonly mismatches: number;
  /** Machine A at the end of each phase of the timeline, by its name. */
  readonly atEndOf: Readonly<Record<string, Picture>>;
  /** Machine A when it was judged. */
  readonly atEnd: Picture;
}

/** What a person types to see this run. */
export function commandOf({ scenario, variant, seed, settings = [] }: RunJob): string {
  const sets = settings.map((setting) => ` --set ${setting}`).join("");
  return `./unwedge run scenarios/${scenario}.yaml --variant ${variant} --seed ${seed}${sets}`;
}

/** A run in one line: what became of it, its digest, and how to see it again. */
export function lineOf({ job, digests, result }: RunReport): string {
  const failed = result.checks.filter(({ status }) => status !== "pass");
  const why = failed.map(({ id, status, valueText }) => `${id} ${status} (${valueText})`);
  const text = [result.verdict, result.status, ...why, `digest ${digests.join(" ")}`].join(", ");
  return `${text}: ${commandOf(job)}`;
}

/** The scenario as the job wants it. */
export function resolve({ scenario, variant, settings = [] }: RunJob): ResolvedScenario {
  const path = `scenarios/${scenario}.yaml`;
  const opened = openScenario(readFileSync(path, "utf8"), path);
  const resolved = opened.ok
    ? opened.scenario.resolve({
        variant,
        settings: settings.flatMap((setting) => parseSetting(setting) ?? []),
      })
    : opened;
  if (!resolved.ok) throw new Error(resolved.diagnostics.map(diagnosticText).join("\n"));
  return resolved.scenario;
}

/** Run it to its verdict, as often as the job says, on a host that has neither clock nor dice. */
export function runJob(job: RunJob): RunReport {
  const scenario = resolve(job);
  const reports = Array.from({ length: job.times ?? 1 }, () =>
    withoutHost(() => runOnce(job, scenario)),
  );
  const [report] = reports;
  if (report === undefined) throw new Error("a job is run once at least");
  return { ...report, digests: reports.flatMap(({ digests }) => digests) };
}

function runOnce(job: RunJob, scenario: ResolvedScenario): RunReport {
  const run = new Run({ scenario, seed: job.seed });
  const first = scenario.cluster.hosts.find(({ role }) => role === "machine");
  const machine = run.world.machine(first?.name ?? "");
  const atEndOf: Record<string, Picture> = {};
  while (!run.isJudged) {
    const { phase } = run.interpreter;
    run.step();
    if (phase !== null && phase !== run.interpreter.phase) atEndOf[phase] = pictureOf(machine);
  }
  const { result, digest } = run.outcome();
  return {
    job,
    digests: [digest],
    result,
    mismatches: run.world.machines.reduce((sum, { memory }) => sum + memory.mismatches.length, 0),
    atEndOf,
    atEnd: pictureOf(machine),
  };
}

function pictureOf({ memory, net }: Machine): Picture {
  const { pages, vmstat } = memory.parts;
  return {
    freePages: pages.freePages,
    freeHighatomicPages: pages.freeHighatomicPages(),
    tossed: net.snmp.tcpExt.PFMemallocDrop,
    lostMarked: net.drops.ofMarked,
    refused: net.snmp.tcpExt.TCPRcvQDrop,
    swappedOutPages: vmstat.counts.pswpout,
    swappedInPages: vmstat.counts.pswpin,
  };
}
