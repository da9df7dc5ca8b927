// One variant of a document, decided: merged, filled in, checked, built. Everything that is wrong is found before anything runs.

import type { ClusterSpec, FailoverSpec, HostSpec } from "#kernel/index.ts";
import { Anchors } from "./anchors.ts";
import { buildCheck, lintChecks } from "./build-checks.ts";
import { bytesOf, cpuSpeedPercent, defined, durationNs, Findings } from "./build-context.ts";
import { buildLinks, checkLinks } from "./build-links.ts";
import { buildMachine, buildStore } from "./build-machine.ts";
import { Policies } from "./build-policy.ts";
import { buildQuotas } from "./build-quotas.ts";
import { buildMember, checkRing } from "./build-ring.ts";
import { buildStep } from "./build-timeline.ts";
import { buildTraffic, type Sent } from "./build-traffic.ts";
import { type Finding, type Path, pathText } from "./diagnostic.ts";
import { Expressions } from "./expressions.ts";
import { lintNames, lintStudies, lintSwap } from "./lint.ts";
import type { EngineSettings, ResolvedScenario } from "./resolved.ts";
import { type ScenarioSource, scenarioSchema } from "./schema.ts";
import { checkShape } from "./schema-findings.ts";
import type { NodeSource } from "./schema-nodes.ts";
import { type SoundParts, soundParts } from "./sound.ts";
import { substitute } from "./substitute.ts";
import { isRecord, itemsOf, type Tree, textOf } from "./tree.ts";
import { type Vocabulary, vocabularyOf } from "./vocabulary.ts";

export interface Resolution {
  /** null when there are findings. */
  readonly scenario: ResolvedScenario | null;
  readonly findings: readonly Finding[];
}

interface Resolving {
  readonly tree: Tree;
  readonly findings: Findings;
  readonly parts: SoundParts;
  readonly vocabulary: Vocabulary;
  readonly expressions: Expressions;
  readonly lineOf: (path: Path) => number;
}

/** Resolves a merged tree. `lineOf` says on which line the value at a path of it was written. */
export function resolve(
  merged: Tree,
  variant: string | null,
  lineOf: (path: Path) => number,
): Resolution {
  const { tree, findings: unfilled } = substitute(merged);
  const findings = new Findings();
  findings.list.push(...unfilled);
  const { value, findings: misshapen } = checkShape(scenarioSchema, tree);
  // A text whose parameter is not there is reported once, not also for what is left of it.
  const open = unfilled.map(({ path }) => pathText(path));
  findings.list.push(...misshapen.filter(({ path }) => !open.includes(pathText(path))));
  const vocabulary = vocabularyOf(tree);
  const expressions = new Expressions(vocabulary, findings, (host) => ramBytesOf(tree, host));
  const at = { tree, findings, parts: soundParts(tree), vocabulary, expressions, lineOf };
  lintNames(tree, findings);
  lintSwap(tree, findings);
  lintStudies(tree, variant, findings);
  const cluster = buildCluster(at);
  const engine = buildEngine(value);
  const steps = buildSteps(at);
  const checks = buildChecks(at, engine.sampleNs);
  if (value === null || cluster === null || findings.list.length > 0)
    return { scenario: null, findings: findings.list };
  return {
    findings: [],
    scenario: {
      ...identityOf(value, variant),
      engine,
      cluster,
      quotas: buildQuotas(at.parts.nodes),
      steps,
      checks,
      paths: expressions.paths(),
      document: aloneOf(tree, variant),
    },
  };
}

function identityOf(value: ScenarioSource, variant: string | null) {
  const { id, title, story = "", refs = [], tags = [], seed = 1, runs = 1 } = value;
  const about = variant === null ? "" : (value.variants?.[variant]?.about ?? "");
  return { id, title, story, refs, tags, seed, runs, variant, about };
}

/** By itself: without the other variants, and of what is searched for or swept without what is about those. */
function aloneOf({ variants: _, search, sweep, ...tree }: Tree, variant: string | null): Tree {
  const studies = Object.entries({ search, sweep })
    .map(([name, list]) => [name, Array.isArray(list) ? studiesOf(list, variant) : []] as const)
    .filter(([, list]) => list.length > 0);
  return { ...tree, ...Object.fromEntries(studies) };
}

const studiesOf = (list: readonly unknown[], variant: string | null): Tree[] =>
  list
    .filter(isRecord)
    .flatMap(({ variant: of, ...study }) => (of === undefined || of === variant ? [study] : []));

function ramBytesOf(tree: Tree, host: string): number | null {
  const nodes = tree["nodes"];
  const node = isRecord(nodes) ? nodes[host] : undefined;
  const ram = isRecord(node) ? textOf(node["memory"], "ram") : null;
  return ram === null ? null : bytesOf(ram, 0);
}

const MINUTES_NS = 60_000_000_000;

function buildEngine(value: ScenarioSource | null): EngineSettings {
  const source = value?.engine ?? {};
  return {
    default: source.default ?? "virtual",
    allow: source.allow ?? ["virtual"],
    maxTimeNs: durationNs(source.maxTime) ?? 10 * MINUTES_NS,
    wallLimitNs: durationNs(source.wallLimit),
    // Fine enough to see a queue fill at a gigabit (120 kB in 1 ms), coarse enough to cost nothing.
    sampleNs: durationNs(source.sample) ?? 10_000_000,
    scale: { virtual: 1, sockets: 1, kernel: 1, ...defined(source.scale ?? {}) },
  };
}

/** The hosts with what they send, and the links between them; null when a host cannot be built. */
function buildCluster(at: Resolving): ClusterSpec | null {
  const { tree, findings, parts, vocabulary } = at;
  const policies = new Policies(tree, parts.policies);
  policies.check(findings, tree);
  const names = vocabulary.hosts.map(({ name }) => name);
  checkLinks(tree, names, findings);
  checkRing(parts.ring, vocabulary.hosts, findings);
  const sent = parts.traffic.flatMap(({ source, index }) => {
    const one = buildTraffic(source, ["traffic", index], {
      findings,
      hosts: vocabulary.hosts,
      tree,
    });
    return one === null ? [] : [one];
  });
  const hosts = [...parts.nodes].map(([name, source]) =>
    buildHost(name, source, { at, policies, sent }),
  );
  const sound = hosts.filter((host) => host !== null);
  if (sound.length < hosts.length) return null;
  return { hosts: sound, links: buildLinks(parts.links, names) };
}

type FailoverSource = Extract<NodeSource, { role: "manager" }>["failover"];

function failoverOf(name: string, source: FailoverSource, at: Resolving): FailoverSpec | null {
  if (source === undefined) return null;
  const path: Path = ["nodes", name, "failover"];
  const of = (role: string) =>
    at.vocabulary.hosts.filter((host) => host.role === role).map((host) => host.name);
  const check = (key: string, what: string, given: string, known: readonly string[]): void => {
    if (!known.includes(given)) at.findings.unknown([...path, key], what, given, known);
  };
  for (const node of source.nodes) check("nodes", "machine", node, of("machine"));
  check("from", "swap server", source.from, of("swap-server"));
  check("to", "swap server", source.to, of("swap-server"));
  const { nodes, from, to, takes } = source;
  return { nodes, from, to, takesNs: durationNs(takes) ?? 0 };
}

/** Another swap server, that has everything twice. */
function mirrorOf(name: string, mirror: string | undefined, at: Resolving): string | null {
  const others = at.vocabulary.hosts
    .filter((host) => host.role === "swap-server" && host.name !== name)
    .map((host) => host.name);
  if (mirror !== undefined && !others.includes(mirror))
    at.findings.unknown(["nodes", name, "mirror"], "swap server", mirror, others);
  return mirror ?? null;
}

function buildHost(
  name: string,
  source: NodeSource,
  context: { readonly at: Resolving; readonly policies: Policies; readonly sent: readonly Sent[] },
): HostSpec | null {
  const { at, policies, sent } = context;
  const traffic = sent.filter(({ from }) => from === name).map(({ spec }) => spec);
  switch (source.role) {
    case "client":
      return { role: "client", name, cpuSpeedPercent: cpuSpeedPercent(source.cpuSpeed), traffic };
    case "manager":
      return { role: "manager", name, failover: failoverOf(name, source.failover, at) };
    case "swap-server": {
      return {
        role: "swap-server",
        name,
        cpuSpeedPercent: cpuSpeedPercent(source.cpuSpeed),
        store: buildStore(source.store ?? {}),
        mirror: mirrorOf(name, source.mirror, at),
        member: buildMember(name, at.parts.ring),
      };
    }
    case "machine": {
      const { hosts } = at.vocabulary;
      const machine = buildMachine(name, source, { findings: at.findings, policies, hosts });
      const member = buildMember(name, at.parts.ring);
      return machine === null ? null : { ...machine, traffic, member };
    }
  }
}

function buildSteps({ tree, findings, parts, vocabulary, expressions, lineOf }: Resolving) {
  const anchors = new Anchors(tree);
  const context = { findings, hosts: vocabulary.hosts, anchors, expressions, lineOf };
  return parts.steps.flatMap(({ source, index }) => {
    const step = buildStep(source, index, context);
    return step === null ? [] : [step];
  });
}

function buildChecks({ tree, findings, parts, expressions, lineOf }: Resolving, sampleNs: number) {
  const phases = itemsOf(tree["timeline"]).flatMap((step) => textOf(step, "phase") ?? []);
  const context = { findings, anchors: new Anchors(tree), phases, expressions, sampleNs, lineOf };
  lintChecks(parts.checks, findings);
  return parts.checks.flatMap(({ source, index }) => {
    const check = buildCheck(source, index, context);
    return check === null ? [] : [check];
  });
}
