// Policies by name: the kernel's presets, and those a scenario makes out of them.

import type { z } from "zod";
import {
  criticalityPolicies,
  limitsPolicies,
  type PolicySpec,
  presets,
  receivePolicies,
  reclaimPolicies,
  reservePolicies,
  throttlePolicies,
} from "#kernel/index.ts";
import type { Findings } from "./build-context.ts";
import type { Path } from "./diagnostic.ts";
import type { policySchema } from "./schema.ts";
import { entriesOf, type Tree, textOf } from "./tree.ts";

export type PolicySource = z.output<typeof policySchema>;

/** The names each decision knows. */
export const DECISIONS = {
  reserve: Object.keys(reservePolicies),
  receive: Object.keys(receivePolicies),
  reclaim: Object.keys(reclaimPolicies),
  throttle: Object.keys(throttlePolicies),
  limits: Object.keys(limitsPolicies),
  criticality: Object.keys(criticalityPolicies),
} as const satisfies Partial<Record<keyof PolicySpec, readonly string[]>>;
type Decision = keyof typeof DECISIONS;
const decisions: readonly Decision[] = [
  "reserve",
  "receive",
  "reclaim",
  "throttle",
  "limits",
  "criticality",
];

const builtIn: ReadonlyMap<string, PolicySpec> = new Map(Object.entries(presets));

/** Finds policies by name, following `extends`. */
export class Policies {
  /** All names that can be used. */
  readonly names: readonly string[];
  readonly #sources: ReadonlyMap<string, PolicySource>;
  readonly #own: readonly string[];

  /** `tree` may hold policies that are wrong; `sources` holds those that are not. */
  constructor(tree: Tree, sources: ReadonlyMap<string, PolicySource>) {
    this.#sources = sources;
    this.#own = entriesOf(tree["policies"]).map(([name]) => name);
    this.names = [...builtIn.keys(), ...this.#own.filter((name) => !builtIn.has(name))];
  }

  /** Reports unknown names, loops and policies that hide a preset. */
  check(findings: Findings, tree: Tree): void {
    for (const [node, parts] of entriesOf(tree["nodes"])) {
      const policy = textOf(parts, "policy");
      if (policy !== null && !this.names.includes(policy))
        findings.unknown(["nodes", node, "policy"], "policy", policy, this.names);
    }
    for (const [name, source] of this.#sources) {
      const path = ["policies", name];
      if (builtIn.has(name))
        findings.add(path, `"${name}" is a preset already; take another name`, { atKey: true });
      if (!this.names.includes(source.extends))
        findings.unknown([...path, "extends"], "policy", source.extends, this.names);
      const loop = loopFrom(name, tree);
      if (loop !== null) findings.add([...path, "extends"], `extends itself: ${loop.join(" -> ")}`);
      checkDecisions(findings, path, source);
    }
  }

  /** The policy called `name`; null when it, or one it extends, is not there. */
  find(name: string, depth = 0): PolicySpec | null {
    const preset = builtIn.get(name);
    if (preset !== undefined) return preset;
    const source = this.#sources.get(name);
    if (source === undefined || depth > this.#own.length) return null;
    const base = this.find(source.extends, depth + 1);
    if (base === null) return null;
    return { ...base, ...chosenBy(source), name };
  }
}

function checkDecisions(findings: Findings, path: Path, source: PolicySource): void {
  for (const decision of decisions) {
    const chosen = source[decision];
    if (chosen !== undefined && !DECISIONS[decision].includes(chosen))
      findings.unknown([...path, decision], `${decision} policy`, chosen, DECISIONS[decision]);
  }
}

function chosenBy(source: PolicySource): Partial<PolicySpec> {
  const { extends: _, ...own } = source;
  const given = Object.entries(own).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given);
}

/** The names from `name` back to itself along `extends`; null when they end. */
function loopFrom(name: string, tree: Tree): string[] | null {
  const own = new Map(entriesOf(tree["policies"]));
  const seen = [name];
  for (
    let at = textOf(own.get(name), "extends");
    at !== null;
    at = textOf(own.get(at), "extends")
  ) {
    if (at === name) return [...seen, name];
    if (seen.includes(at)) return null;
    seen.push(at);
  }
  return null;
}
