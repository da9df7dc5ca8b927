// One document out of many voices: the scenario, its variant, the command line. Later ones win.
//
// Everything here works on plain values that nobody has checked yet, and remembers where each value came from, so that a
// mistake in a variant is reported on the variant's own line.

import { clone } from "#base/clone.ts";
import type { Finding, Path } from "./diagnostic.ts";
import { nearest } from "./nearest.ts";
import { entriesOf, isRecord, type Tree } from "./tree.ts";

export interface Setting {
  /** Path in the document: `nodes.A.policy`, `nodes.*.policy`, `params.flood`, `traffic.flood.payload`. */
  readonly path: string;
  readonly value: unknown;
}

export interface MergeOptions {
  readonly variant: string | null;
  /** From the command line, in order. */
  readonly settings: readonly Setting[];
  /** Policy of every machine, instead of what document and variant say; null: leave it. */
  readonly policy: string | null;
}

export interface Merged {
  readonly tree: Tree;
  /** Settings that name nothing, each with where it is written; null: on the command line. */
  readonly unplaced: readonly { readonly finding: Finding; readonly origin: Path | null }[];
  /** Where the value at `path` of the merged tree is written; null: on the command line. */
  originOf(path: Path): Path | null;
}

interface Origin {
  readonly at: Path;
  readonly from: Path | null;
}

/** The base of `document`, changed by what the options name. */
export function merge(document: Tree, options: MergeOptions): Merged {
  const tree: Tree = { ...copyOf(document) };
  const unplaced: { finding: Finding; origin: Path | null }[] = [];
  const origins: Origin[] = [];
  const assign = (setting: Setting, from: Path | null): void => {
    const isStray = stepsOf(setting.path).length === 1 && !Object.hasOwn(tree, setting.path);
    const places = isStray ? [] : placesOf(tree, setting.path);
    if (places.length === 0)
      unplaced.push({ finding: unplacedFinding(tree, setting.path), origin: from });
    for (const at of places) {
      // What had to be made on the way was made by this setting, too.
      origins.push({ at: at.slice(0, depthOf(tree, at) + 1), from }, { at, from });
      write(tree, at, setting.value);
    }
  };
  const variant = variantOf(document, options.variant);
  if (variant !== null) {
    const base: Path = ["variants", options.variant ?? ""];
    for (const [path, value] of Object.entries(variant.set))
      if (options.policy === null || !/^nodes\.[^.]+\.policy$/.test(path))
        assign({ path, value }, [...base, "set", path]);
    origins.push(...mergeChecks(tree, variant, base));
  }
  if (options.policy !== null) assign({ path: "nodes.*.policy", value: options.policy }, null);
  for (const setting of options.settings) assign(namedParameter(tree, setting), null);
  return { tree, unplaced, originOf: (path) => originOf(origins, path) };
}

interface Variant {
  readonly set: Tree;
  readonly checks: readonly unknown[];
  readonly replaceChecks: boolean;
}

function variantOf(document: Tree, name: string | null): Variant | null {
  const variants = document["variants"];
  const variant = name !== null && isRecord(variants) ? variants[name] : undefined;
  if (!isRecord(variant)) return null;
  const { set, checks, replaceChecks } = variant;
  return {
    set: isRecord(set) ? set : {},
    checks: Array.isArray(checks) ? checks : [],
    replaceChecks: replaceChecks === true,
  };
}

/** A check of the variant takes the place of the base's with the same id; others follow. */
function mergeChecks(tree: Tree, variant: Variant, base: Path): Origin[] {
  const own = tree["checks"];
  const checks: unknown[] = variant.replaceChecks || !Array.isArray(own) ? [] : [...own];
  const origins: Origin[] = [];
  variant.checks.forEach((check, i) => {
    const same = checks.findIndex((other) => idOf(other) !== null && idOf(other) === idOf(check));
    const at = same === -1 ? checks.length : same;
    checks[at] = copyOf(check);
    origins.push({ at: ["checks", at], from: [...base, "checks", i] });
  });
  tree["checks"] = checks;
  return origins;
}

const idOf = (entry: unknown): string | null =>
  isRecord(entry) && typeof entry["id"] === "string" ? entry["id"] : null;

/** `--set flood=5/s` means the parameter of that name. */
function namedParameter(tree: Tree, { path, value }: Setting): Setting {
  const params = tree["params"];
  const isParameter = isRecord(params) && Object.hasOwn(params, path);
  return { path: isParameter ? `params.${path}` : path, value };
}

/** Every place in the tree that a path with `*` names. Entries of lists are named by id or by number, a new one
 * at the end by `+`. */
export function placesOf(tree: Tree, path: string): Path[] {
  let places: { readonly at: Path; readonly value: unknown }[] = [{ at: [], value: tree }];
  const steps = stepsOf(path);
  for (const [depth, step] of steps.entries())
    places = places.flatMap(({ at, value }) =>
      childrenOf(value, step, steps[depth + 1] ?? null).map((child) => ({
        at: [...at, child.step],
        value: child.value,
      })),
    );
  return places.map(({ at }) => at);
}

/** Steps of a path; `"quoted.name"` keeps its dots. */
export function stepsOf(path: string): string[] {
  const steps = path.match(/"[^"]*"|[^."]+/g) ?? [];
  return steps.map((step) => step.replaceAll('"', ""));
}

interface NamedChild {
  readonly step: string | number;
  readonly value: unknown;
}

function childrenOf(value: unknown, step: string, next: string | null): NamedChild[] {
  if (Array.isArray(value)) return listEntries(value, step);
  if (value === undefined) return [{ step, value: undefined }];
  if (!isRecord(value)) return [];
  if (step === "__proto__") return [];
  if (step !== "*") return [{ step, value: Object.hasOwn(value, step) ? value[step] : undefined }];
  // A star stands for the entries in which the next step exists: a client has no policy to be set.
  return Object.entries(value)
    .filter(([, child]) => next === null || (isRecord(child) && Object.hasOwn(child, next)))
    .map(([name, child]) => ({ step: name, value: child }));
}

function listEntries(list: readonly unknown[], step: string): NamedChild[] {
  if (step === "+") return [{ step: list.length, value: undefined }];
  return list
    .map((value, i): NamedChild => ({ step: i, value }))
    .filter(({ step: i, value }) => step === "*" || step === String(i) || idOf(value) === step);
}

function write(tree: Tree, at: Path, value: unknown): void {
  let node: unknown = tree;
  for (const [depth, step] of at.entries()) {
    if (!isRecord(node) && !Array.isArray(node)) return;
    const slots: Record<string | number, unknown> = isRecord(node) ? node : indexed(node);
    if (depth === at.length - 1) put(slots, step, value);
    else slots[step] ??= {};
    node = slots[step];
  }
}

/** How many steps of the path are there already. */
function depthOf(tree: Tree, at: Path): number {
  let node: unknown = tree;
  for (const [depth, step] of at.entries()) {
    const slots = isRecord(node) || Array.isArray(node) ? indexed(node) : {};
    if (slots[step] === undefined) return depth;
    node = slots[step];
  }
  return at.length;
}

/** Nothing at all (`key:` or `key: null`) takes the key away. */
function put(slots: Record<string | number, unknown>, step: string | number, value: unknown): void {
  if (value === null && typeof step === "string") delete slots[step];
  else slots[step] = copyOf(value);
}

/** A list seen by index; writing to it writes to the list. */
function indexed(list: unknown): Record<string | number, unknown> {
  return Object(list);
}

function unplacedFinding(tree: Tree, path: string): Finding {
  const names = [...Object.keys(tree), ...entriesOf(tree["params"]).map(([name]) => name)];
  return {
    path: stepsOf(path),
    atKey: true,
    message: `"${path}" names nothing in this scenario`,
    nearest: nearest(path, names),
  };
}

function originOf(origins: readonly Origin[], path: Path): Path | null {
  const origin = origins.findLast(({ at }) => at.every((step, i) => step === path[i]));
  if (origin === undefined) return path;
  return origin.from === null ? null : [...origin.from, ...path.slice(origin.at.length)];
}

function copyOf<T>(value: T): T {
  return clone(value);
}
