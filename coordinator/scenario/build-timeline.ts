// From the `timeline` section to steps: when each comes, and what it does.

import {
  type ArgSpec,
  type Fault,
  type FaultArgs,
  type FaultName,
  type FaultTarget,
  faults,
  isFaultName,
} from "#faults/index.ts";
import { type Anchors, triggersOf } from "./anchors.ts";
import { durationNs, type Findings } from "./build-context.ts";
import { parseLink } from "./build-links.ts";
import type { Path } from "./diagnostic.ts";
import type { Expressions } from "./expressions.ts";
import { nearest } from "./nearest.ts";
import { type Dimension, expectedOf, parseQuantity } from "./quantity.ts";
import type { Step, StepAction, Trigger } from "./resolved.ts";
import type { StepSource } from "./schema-steps.ts";
import type { Host } from "./vocabulary.ts";

export interface TimelineContext {
  readonly findings: Findings;
  readonly hosts: readonly Host[];
  readonly anchors: Anchors;
  readonly expressions: Expressions;
  readonly lineOf: (path: Path) => number;
}

/** One step; null when it says nothing that could be done. */
export function buildStep(
  source: StepSource,
  index: number,
  context: TimelineContext,
): Step | null {
  const path: Path = ["timeline", index];
  const trigger = buildTrigger(source, path, context);
  const action = buildAction(source, { path, index, context });
  if (
    action === null &&
    source.phase === undefined &&
    countOf(source, ["fault", "heal", "do"]) === 0
  )
    context.findings.add(path, "does nothing; expected a phase, fault, heal or do");
  refuseStray(source, path, context.findings);
  if (trigger === null) return null;
  const { id, phase } = source;
  return {
    index,
    id: id ?? null,
    phase: phase ?? null,
    trigger,
    action,
    line: context.lineOf(path),
  };
}

function buildTrigger(source: StepSource, path: Path, context: TimelineContext): Trigger | null {
  const { findings, anchors, expressions } = context;
  const triggers = triggersOf(source);
  if (triggers.length !== 1) {
    const said =
      triggers.length === 0 ? "does not say when it comes" : `says ${triggers.join(" and ")}`;
    findings.add(path, `${said}; expected one of at, after, when`);
    return null;
  }
  const delayNs = durationNs(source.delay) ?? 0;
  if (source.after !== undefined) {
    checkAnchor(source.after, [...path, "after"], anchors, findings);
    return { on: "anchor", anchor: source.after, delayNs };
  }
  if (source.when !== undefined) {
    const expression = expressions.claim(source.when, [...path, "when"], { overTime: false });
    const withinNs = durationNs(source.within);
    return expression === null ? null : { on: "claim", expression, withinNs, delayNs };
  }
  return { on: "time", atNs: durationNs(source.at) ?? 0 };
}

/** Reports an anchor that is not there, or that can never be reached. */
export function checkAnchor(name: string, path: Path, anchors: Anchors, findings: Findings): void {
  if (!anchors.names.includes(name)) findings.unknown(path, "anchor", name, anchors.names);
  else if (!anchors.isReachable(name))
    findings.add(path, `"${name}" can never be reached${reasonFor(name)}`);
}

const reasonFor = (name: string): string =>
  name.endsWith(".healed")
    ? "; the fault has no `for` and no step heals it"
    : "; what it waits for never comes";

function buildAction(
  source: StepSource,
  at: { readonly path: Path; readonly index: number; readonly context: TimelineContext },
): StepAction | null {
  const { path, context } = at;
  const { findings } = context;
  if (countOf(source, ["fault", "heal", "do"]) > 1)
    findings.add(path, "does two things; expected one of fault, heal, do");
  if (source.fault !== undefined) return buildFault(source, source.fault, at);
  if (source.heal !== undefined) {
    if (!context.anchors.names.includes(`${source.heal}.healed`))
      findings.unknown([...path, "heal"], "fault", source.heal, healable(context.anchors));
    return { type: "heal", fault: source.heal };
  }
  return source.do === undefined ? null : { type: source.do };
}

const healable = ({ names }: Anchors): string[] =>
  names.filter((name) => name.endsWith(".healed")).map((name) => name.slice(0, -".healed".length));

function buildFault(
  source: StepSource,
  name: string,
  {
    path,
    index,
    context,
  }: { readonly path: Path; readonly index: number; readonly context: TimelineContext },
): StepAction | null {
  if (!isFaultName(name)) return null;
  const fault: Fault = faults[name];
  const target = buildTarget(source.on, fault, path, context);
  const args = buildArgs(source.with ?? {}, fault, path, context.findings);
  if (target === null) return null;
  const id = source.id ?? `${name}#${index}`;
  return {
    type: "fault",
    fault: { id, name: nameOf(name), target, args },
    forNs: durationNs(source.for),
  };
}

const nameOf = (name: FaultName): FaultName => name;

/** What a fault strikes; null when that is not there. */
function buildTarget(
  on: string | undefined,
  fault: Fault,
  path: Path,
  { findings, hosts }: TimelineContext,
): FaultTarget | null {
  const known = targetsOf(fault, hosts);
  if (on === undefined) {
    findings.add(path, `does not say what ${fault.name} strikes; expected on: ${known.join(", ")}`);
    return null;
  }
  if (fault.target === "link") return linkTarget(on, [...path, "on"], hosts, findings);
  if (fault.target === "group") return groupTarget(on, [...path, "on"], hosts, findings);
  if (!known.includes(on)) {
    findings.unknown([...path, "on"], fault.target, on, known);
    return null;
  }
  if (fault.target !== "load" && fault.target !== "traffic") return { kind: "host", host: on };
  const [machine = "", task] = on.split("/");
  return task === undefined
    ? { kind: "load", machine: null, name: on }
    : { kind: "load", machine, name: task };
}

function targetsOf(fault: Fault, hosts: readonly Host[]): string[] {
  switch (fault.target) {
    case "swap-server":
      return hosts.filter(({ serves }) => serves).map(({ name }) => name);
    case "host":
      return hosts.map(({ name }) => name);
    case "load":
      return hosts.flatMap((host) => [
        ...host.traffic,
        ...host.tasks.map((task) => `${host.name}/${task.name}`),
      ]);
    case "traffic":
      return hosts.flatMap(({ traffic }) => traffic);
    case "link":
      return ["A->C", "A<->C"];
    case "group":
      return ["A, B"];
  }
}

function linkTarget(
  on: string,
  path: Path,
  hosts: readonly Host[],
  findings: Findings,
): FaultTarget | null {
  const link = parseLink(on);
  const names = hosts.map(({ name }) => name);
  if (link === null || link.from === "*" || link.to === "*" || link.from === link.to) {
    findings.add(path, `"${on}" is no link; expected A->C or A<->C`);
    return null;
  }
  const stranger = [link.from, link.to].find((name) => !names.includes(name));
  if (stranger !== undefined) findings.unknown(path, "node", stranger, names);
  return { kind: "link", ...link };
}

function groupTarget(
  on: string,
  path: Path,
  hosts: readonly Host[],
  findings: Findings,
): FaultTarget | null {
  const known = hosts.map(({ name }) => name);
  const group = [...new Set(on.split(",").map((name) => name.trim()))];
  const stranger = group.find((name) => !known.includes(name));
  if (stranger !== undefined) findings.unknown(path, "node", stranger, known);
  else if (group.length === known.length)
    findings.add(path, `"${on}" is every node; expected some, to be cut off from the others`);
  else return { kind: "group", hosts: group };
  return null;
}

function buildArgs(
  source: Readonly<Record<string, string>>,
  fault: Fault,
  path: Path,
  findings: Findings,
): FaultArgs {
  const known = Object.keys(fault.args);
  for (const name of Object.keys(source).filter((given) => !known.includes(given)))
    findings.add([...path, "with", name], `${fault.name} takes no "${name}"`, {
      atKey: true,
      nearest: nearest(name, known),
    });
  const values = Object.entries(fault.args).map(([name, spec]) => [
    name,
    argument(source[name], spec, [...path, "with", name], findings),
  ]);
  return Object.fromEntries(values);
}

function argument(text: string | undefined, spec: ArgSpec, path: Path, findings: Findings): number {
  const dimension: Dimension = spec.dimension;
  if (text === undefined) {
    if (spec.default === null)
      findings.add(path, `is missing: ${spec.about}; expected ${expectedOf(dimension)}`);
    return spec.default ?? 0;
  }
  const parsed = parseQuantity(text, dimension);
  if (parsed.ok) return parsed.value.value;
  findings.add(path, parsed.message, { nearest: parsed.nearest });
  return 0;
}

/** Keys that mean nothing without another. */
const NEEDS: readonly (readonly [keyof StepSource, readonly (keyof StepSource)[]])[] = [
  ["within", ["when"]],
  ["delay", ["after", "when"]],
  ["on", ["fault"]],
  ["with", ["fault"]],
  ["for", ["fault"]],
];

function refuseStray(source: StepSource, path: Path, findings: Findings): void {
  for (const [key, needed] of NEEDS)
    if (source[key] !== undefined && countOf(source, needed) === 0)
      findings.add([...path, key], `means nothing without ${needed.join(" or ")}`, { atKey: true });
}

const countOf = (source: StepSource, keys: readonly (keyof StepSource)[]): number =>
  keys.filter((key) => source[key] !== undefined).length;
