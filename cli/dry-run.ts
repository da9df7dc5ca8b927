// `unwedge run --dry`: what would happen, in the order it would, and what it would cost. Nothing is run.

import { PAGE_BYTES } from "#base/units.ts";
import type { Check, ResolvedScenario, Step, Trigger } from "#coordinator/scenario/index.ts";
import { targetText } from "#faults/index.ts";
import { columnsOf, countText, timeText } from "./figures.ts";

export interface DryRun {
  readonly scenario: ResolvedScenario;
  readonly seeds: readonly number[];
}

/** Lanes of typed arrays that stand for one page frame: kernel/mm/page-frames.ts. */
const BYTES_PER_FRAME = 29;

export function dryText({ scenario, seeds }: DryRun): string {
  return [
    `variant ${scenario.variant ?? "-"}${scenario.about === "" ? "" : `: ${scenario.about}`}`,
    "  timeline",
    ...columnsOf(scenario.steps.map((step) => ["   ", whenText(step.trigger), stepText(step)])),
    "  checks",
    ...columnsOf(scenario.checks.map((check) => ["   ", check.id, claimText(check)])),
    "  cost",
    ...costLines(scenario, seeds).map((line) => `    ${line}`),
  ].join("\n");
}

function whenText(trigger: Trigger): string {
  switch (trigger.on) {
    case "time":
      return `at ${timeText(trigger.atNs)}`;
    case "anchor":
      return `after ${trigger.anchor}${delayText(trigger.delayNs)}`;
    case "claim": {
      const within = trigger.withinNs === null ? "" : ` within ${timeText(trigger.withinNs)}`;
      return `when ${trigger.expression.text}${within}${delayText(trigger.delayNs)}`;
    }
  }
}

const delayText = (ns: number): string => (ns === 0 ? "" : ` + ${timeText(ns)}`);

function stepText({ phase, action, id }: Step): string {
  const parts = [phase === null ? "" : `phase ${phase}`, actionText(action), id ?? ""];
  const [named, done, anchor] = parts;
  return [named, done, anchor === "" ? "" : `(${anchor})`].filter((part) => part !== "").join(" ");
}

function actionText(action: Step["action"]): string {
  if (action === null) return "";
  switch (action.type) {
    case "fault": {
      const { fault, forNs } = action;
      const span = forNs === null ? "until healed" : `for ${timeText(forNs)}`;
      return `${fault.name} on ${targetText(fault.target)} ${span}`;
    }
    case "heal":
      return `heal ${action.fault}`;
    case "mark":
      return "mark";
    case "snapshot":
      return "snapshot";
  }
}

function claimText(check: Check): string {
  const scope =
    check.during === null
      ? check.after === null
        ? ""
        : ` after ${check.after}`
      : ` during ${check.during}`;
  return `${whatText(check)}${scope}`;
}

function whatText(check: Check): string {
  switch (check.kind) {
    case "verdict":
      return `verdict ${check.verdicts.join(" or ")}${check.settleNs === null ? "" : `, settling for ${timeText(check.settleNs)}`}`;
    case "cycle":
      return `cycle ${check.cycle.join(" -> ")}`;
    case "always":
    case "never":
    case "sometimes":
    case "eventually":
    case "threshold":
      return `${check.kind} ${check.expression.text}`;
  }
}

function costLines(scenario: ResolvedScenario, seeds: readonly number[]): string[] {
  const { cluster, engine, steps } = scenario;
  const frames = cluster.hosts.reduce(
    (sum, host) =>
      sum + (host.role === "machine" ? Math.floor(host.memory.ramBytes / PAGE_BYTES) : 0),
    0,
  );
  const wall =
    engine.wallLimitNs === null ? "no wall limit" : `wall limit ${timeText(engine.wallLimitNs)}`;
  return [
    `${seeds.length === 1 ? `1 run, seed ${seeds[0]}` : `${seeds.length} runs, seeds ${seeds[0]} to ${seeds.at(-1)}`}`,
    `at least ${timeText(plannedNs(steps))} of virtual time each, at most ${timeText(engine.maxTimeNs)}; ${wall}`,
    `${countText(frames)} page frames, ${Math.ceil((frames * BYTES_PER_FRAME) / 1_048_576)} MiB of host memory`,
    `${countText(Math.floor(engine.maxTimeNs / engine.sampleNs))} samples at most, one each ${timeText(engine.sampleNs)}`,
  ];
}

/** What the instants that are known add up to. */
export function plannedNs(steps: readonly Step[]): number {
  return steps.reduce((latest, { trigger, action }) => {
    const atNs = trigger.on === "time" ? trigger.atNs : 0;
    const forNs = action?.type === "fault" ? (action.forNs ?? 0) : 0;
    return Math.max(latest, atNs + forNs);
  }, 0);
}
