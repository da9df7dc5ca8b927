// A scenario as text: YAML (or JSON, which is YAML) into plain values, and back from a place in the values to line and column.
//
// Anchors and aliases are YAML's own and welcome; duplicate keys, unknown tags and more than one document are mistakes.

import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  Scalar,
  visit,
} from "yaml";
import type { Diagnostic, Finding, Path } from "./diagnostic.ts";
import { pathText } from "./diagnostic.ts";

export interface Source {
  readonly file: string;
  /** What the text says, as plain values. */
  readonly tree: unknown;
  /** Mistakes of the text itself; with any, `tree` is null. */
  readonly diagnostics: readonly Diagnostic[];
  /** A finding with its line and column; for what is missing, those of what it is missing from. */
  locate(finding: Finding): Diagnostic;
  /** Line on which the value at `path` begins, from 1. */
  lineOf(path: Path): number;
}

/** Reads `text`, which came from `file` (a name for messages, nothing is opened here). */
export function readSource(text: string, file: string): Source {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: false });
  const scriptLines = scriptLinesOf(text);
  const at = (offset: number) => {
    if (scriptLines !== null) return { line: lineBefore(scriptLines, offset), column: 1 };
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const diagnostics: Diagnostic[] = [...document.errors, ...document.warnings].map((error) => ({
    file,
    ...at(error.pos[0]),
    path: "",
    message: DEEP.test(error.message) ? "is nested too deeply" : error.message,
    nearest: null,
  }));
  for (const offset of repeatedKeys(document))
    diagnostics.push({
      file,
      ...at(offset),
      path: "",
      message: "Map keys must be unique",
      nearest: null,
    });
  const locate = (finding: Finding): Diagnostic => ({
    file,
    ...at(offsetOf(document, finding)),
    path: pathText(finding.path),
    message: finding.message,
    nearest: finding.nearest ?? null,
  });
  const plain = diagnostics.length === 0 ? toPlain(document) : null;
  if (plain?.ok === false) diagnostics.push(locate(plain.finding));
  return {
    file,
    tree: plain?.ok === true ? plain.tree : null,
    diagnostics,
    locate,
    lineOf: (path) => locate({ path, message: "" }).line,
  };
}

/** First line of a document that a script wrote; `# line N` then says which line of the script wrote what follows. */
export const SCRIPTED = "# written by a script";

interface ScriptLine {
  readonly offset: number;
  readonly line: number;
}

function scriptLinesOf(text: string): ScriptLine[] | null {
  if (!text.startsWith(`${SCRIPTED}\n`)) return null;
  return [...text.matchAll(/^ *# line (\d+)$/gm)].map(({ index, 1: line }) => ({
    offset: index,
    line: Number(line),
  }));
}

/** Before the first one is what no line alone has written. */
const lineBefore = (lines: readonly ScriptLine[], offset: number): number =>
  lines.findLast((line) => line.offset <= offset)?.line ?? 1;

/** Offsets of keys that a map has already. (The package compares each with each: minutes for a hundred thousand.) */
function repeatedKeys(document: Document): number[] {
  const offsets: number[] = [];
  visit(document, (_key, node) => {
    const keys = isMap(node) ? node.items.map(({ key }) => key).filter(isScalar) : [];
    const first = new Map([...keys].reverse().map((key) => [String(key.value), key]));
    offsets.push(...keys.filter((key) => first.get(String(key.value)) !== key).map(startOf));
  });
  return offsets;
}

/** What a parser's stack says, whatever the host. */
const DEEP = /call stack/;

type Plain =
  | { readonly ok: true; readonly tree: unknown }
  | { readonly ok: false; readonly finding: Finding };

function toPlain(document: Document): Plain {
  try {
    const tree: unknown = document.toJS();
    const round = roundIn(tree, [], []);
    if (round === null) return { ok: true, tree };
    const message = "is an alias of what it is part of; expected an end";
    return { ok: false, finding: { path: round, message } };
  } catch (error) {
    // What the package throws where aliases of aliases multiply.
    if (!(error instanceof ReferenceError)) throw error;
    const message = "its aliases stand for too much: 100 copies of one part are the most";
    return { ok: false, finding: { path: [], message } };
  }
}

/** Where a value holds itself; null: nowhere. */
function roundIn(value: unknown, path: Path, around: readonly unknown[]): Path | null {
  if (typeof value !== "object" || value === null) return null;
  if (around.includes(value)) return path;
  for (const [key, child] of Object.entries(value)) {
    const step = Array.isArray(value) ? Number(key) : key;
    const found = roundIn(child, [...path, step], [...around, value]);
    if (found !== null) return found;
  }
  return null;
}

/** Offset in the text of what a finding points at. */
function offsetOf(document: Document, finding: Finding): number {
  let node: unknown = document.contents;
  let offset = startOf(node);
  for (const [depth, step] of finding.path.entries()) {
    const found = childOf(document, node, step);
    if (found === null) return offset;
    const isLast = depth === finding.path.length - 1;
    // A map entry is named by its key: what lies below it and is missing is reported there.
    offset = found.keyOffset ?? startOf(found.value);
    node = found.value;
    if (isLast && finding.atKey !== true && isNode(node)) offset = startOf(node);
  }
  return finding.offset === undefined ? offset : offset + insideScalar(node, finding.offset);
}

interface Child {
  readonly value: unknown;
  readonly keyOffset: number | null;
}

function childOf(document: Document, parent: unknown, step: string | number): Child | null {
  const node = isAlias(parent) ? parent.resolve(document) : parent;
  if (isSeq(node) && typeof step === "number") {
    const value: unknown = node.items[step];
    return value === undefined ? null : { value, keyOffset: null };
  }
  if (!isMap(node)) return null;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
  return pair === undefined ? null : { value: pair.value, keyOffset: startOf(pair.key) };
}

const startOf = (node: unknown): number => (isNode(node) ? (node.range?.[0] ?? 0) : 0);

/** Where the `offset`th character of a scalar's text stands; a quote comes before it. */
function insideScalar(node: unknown, offset: number): number {
  if (!isScalar(node)) return 0;
  const isQuoted = node.type === Scalar.QUOTE_DOUBLE || node.type === Scalar.QUOTE_SINGLE;
  return isQuoted ? offset + 1 : offset;
}
