// The smallest scenario that still breaks what a large one broke: whatever can be left out is left out, whatever is a number is
// halved, for as long as the same thing breaks.
//
// After delta debugging (A. Zeller, R. Hildebrandt: Simplifying and Isolating Failure-Inducing Input, IEEE TSE 28(2), 2002), over a
// document's tree and not its text: an edit takes one part out with all that names it, so that most of what is tried is a scenario.
// Large parts are tried before small ones. What is none is refused where it is tried, and has not broken anything.

import type { Document } from "./cast.ts";

export interface ShrinkSpec {
  readonly document: Document;
  /** Whether each of them still breaks the same; side by side, in any order. */
  readonly breaks: (documents: readonly Document[]) => Promise<readonly boolean[]>;
  /** How many are asked at once. */
  readonly width: number;
  /** No more than so many are asked. */
  readonly triesMax: number;
}

export interface Shrunk {
  readonly document: Document;
  readonly tries: number;
  /** Nothing that can be left out or halved was left to try. */
  readonly isSmallest: boolean;
}

export async function shrink({ document, breaks, width, triesMax }: ShrinkSpec): Promise<Shrunk> {
  let smallest = document;
  let [tries, at, hasMoved] = [0, 0, false];
  while (tries < triesMax) {
    const smaller = editsOf(smallest);
    if (at >= smaller.length) {
      if (!hasMoved) return { document: smallest, tries, isSmallest: true };
      [at, hasMoved] = [0, false];
      continue;
    }
    const asked = smaller.slice(at, at + Math.min(width, triesMax - tries)).map((edit) => edit());
    const answers = await breaks(asked);
    tries += asked.length;
    const first = answers.indexOf(true);
    // What followed the part that is gone is where it was.
    at += first < 0 ? asked.length : first;
    const found = asked[first];
    if (found !== undefined) [smallest, hasMoved] = [found, true];
  }
  return { document: smallest, tries, isSmallest: false };
}

type Path = readonly (string | number)[];
type Edit = () => Document;

/** What every scenario must say, and what is no part of what happens. */
const KEPT = new Set(["schema", "id", "title", "seed", "runs", "engine", "checks", "kind", "role"]);

/** Smaller documents, those that leave out most first. */
function editsOf(document: Document): readonly Edit[] {
  const places = placesOf(document, []);
  const bySize = places.toSorted((one, other) => other.size - one.size);
  return [
    ...bySize.map(
      ({ path }) =>
        () =>
          without(document, path),
    ),
    ...places.flatMap(({ path, value }) => {
      const half = halved(value);
      return half === null ? [] : [() => changed(document, path, half)];
    }),
  ];
}

interface Place {
  readonly path: Path;
  readonly value: unknown;
  /** Length of it as text. */
  readonly size: number;
}

function placesOf(value: unknown, path: Path): Place[] {
  return childrenOf(value).flatMap(([key, child]) => {
    if (KEPT.has(String(key))) return [];
    const below = [...path, key];
    const size = JSON.stringify(child).length;
    return [{ path: below, value: child, size }, ...placesOf(child, below)];
  });
}

function childrenOf(value: unknown): (readonly [string | number, unknown])[] {
  if (Array.isArray(value)) return value.map((child, i) => [i, child] as const);
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}

/** Without the part there and, if it has a name, without what names it. */
function without(document: Document, path: Path): Document {
  const rest = changed(document, path, undefined);
  const name = nameOf(document, path);
  return name === null ? rest : asDocument(unnamed(rest, name));
}

/** What others call the part: a node, a task as `A/hog`, an entry with an id. */
function nameOf(document: Document, path: Path): string | null {
  const [section, name, part, task] = path;
  if (section === "nodes" && path.length === 2) return String(name);
  if (section === "nodes" && part === "run" && path.length === 4) return `${name}/${task}`;
  if (section === "policies" && path.length === 2) return String(name);
  const entry = path.length === 2 ? at(document, path) : null;
  return typeof entry === "object" && entry !== null && "id" in entry ? String(entry.id) : null;
}

/** Without every entry of a list or map that names it: a load of its, a fault on it, a link to it, a check of it. */
function unnamed(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return value;
  const kept = childrenOf(value).filter(
    ([key, child]) => !(isNamed(String(key), name) || isEntryNaming(child, name)),
  );
  const changedBelow = kept.map(([key, child]) => [key, unnamed(child, name)] as const);
  return Array.isArray(value)
    ? changedBelow.map(([, child]) => child)
    : Object.fromEntries(changedBelow);
}

const NAMING = ["from", "to", "on", "after", "server", "heal", "always"];

function isEntryNaming(value: unknown, name: string): boolean {
  return childrenOf(value).some(
    ([key, child]) =>
      NAMING.includes(String(key)) && typeof child === "string" && isNamed(child, name),
  );
}

/** Whether a word of `text` is that name, or a part of what has it: `A`, `A->C`, `A/hog`, `A.mem.free`, `f1.healed`. */
function isNamed(text: string, name: string): boolean {
  const words = text.split(/<->|->|,|\s/).map((word) => word.trim());
  return words.some(
    (word) => word === name || word.startsWith(`${name}/`) || word.startsWith(`${name}.`),
  );
}

/** null: it cannot be. */
function halved(value: unknown): unknown {
  if (typeof value === "number") return value > 1 ? Math.floor(value / 2) : null;
  if (typeof value !== "string") return null;
  const [, digits, unit] = /^(\d+)( ?[^\d\s]+)$/.exec(value) ?? [];
  const count = Number(digits ?? 0);
  return count > 1 ? `${Math.floor(count / 2)}${unit}` : null;
}

const at = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (inner, key) => childrenOf(inner).find(([name]) => name === key)?.[1],
    value,
  );

/** A copy in which the part there is another; undefined: none. */
function changed(document: Document, path: Path, to: unknown): Document {
  return asDocument(changedIn(document, path, to));
}

function changedIn(value: unknown, [key, ...rest]: Path, to: unknown): unknown {
  if (key === undefined) return to;
  const children = childrenOf(value).flatMap(([name, child]) => {
    const now = name === key ? changedIn(child, rest, to) : child;
    return now === undefined ? [] : [[name, now] as const];
  });
  return Array.isArray(value) ? children.map(([, child]) => child) : Object.fromEntries(children);
}

const asDocument = (value: unknown): Document =>
  typeof value === "object" && value !== null ? Object.fromEntries(childrenOf(value)) : {};
