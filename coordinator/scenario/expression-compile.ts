// From the tree of an expression to closures, with every unit checked on the way.

import { PAGE_BYTES } from "#base/units.ts";
import {
  type Ast,
  COMPARISONS,
  type Comparison,
  ExpressionError,
  type Operator,
} from "./expression-parser.ts";
import {
  addDistribution,
  addForQuantile,
  addSample,
  type OverTime,
  overDistribution,
  overSamples,
  type Slot,
} from "./expression-slots.ts";
import type { Expression, ExpressionContext, Frame } from "./expression-types.ts";
import {
  formatKind,
  type Kind,
  kindOf,
  kindText,
  meet,
  productKind,
  quotientKind,
} from "./expression-units.ts";
import { nearest } from "./nearest.ts";
import { type Dimension, UNITS } from "./quantity.ts";
import { type CompiledPath, nearestPath } from "./vocabulary.ts";

/** NaN: a function over time has nothing to answer from. It makes every comparison with it unanswered, too. */
type Read = (frame: Frame) => number;

interface Node {
  readonly kind: Kind;
  readonly read: Read;
  /** A size written relative to RAM, which waits for the machine it is relative to. */
  readonly ofRam: boolean;
  /** Measured in pages, and to be shown so. */
  readonly inPages: boolean;
  /** Machines whose memory it reads. */
  readonly hosts: readonly string[];
  readonly offset: number;
}

const OVER_TIME: readonly OverTime[] = ["max", "min", "mean", "rate", "count", "p"];
const FUNCTIONS: readonly string[] = [...OVER_TIME, "stall", "elapsed", "oom_kills"];

/** Compiles one claim. Throws ExpressionError. */
export function compile(ast: Ast, text: string, context: ExpressionContext): Expression {
  const compiler = new Compiler(context);
  const node = compiler.node(ast);
  if (node.kind !== "truth")
    throw new ExpressionError(
      `expected a claim such as "${text} > …", found ${kindText(node.kind)}`,
      ast.offset,
    );
  const { left, expected } = compiler.sides(ast, text);
  return {
    text,
    expected,
    paths: compiler.paths,
    slotCount: compiler.feeds.length,
    sample: (frame) => {
      for (const feed of compiler.feeds) feed(frame);
    },
    holds: (frame) => {
      const truth = node.read(frame);
      return Number.isNaN(truth) ? null : truth !== 0;
    },
    value: (frame) => {
      const number = left.read(frame);
      const shown = left.inPages && left.kind === "size" ? number / PAGE_BYTES : number;
      return { number: shown, text: formatKind(number, left.kind, left.inPages) };
    },
  };
}

class Compiler {
  readonly paths: CompiledPath[] = [];
  readonly feeds: ((frame: Frame) => void)[] = [];
  readonly #context: ExpressionContext;

  constructor(context: ExpressionContext) {
    this.#context = context;
  }

  node(ast: Ast): Node {
    switch (ast.kind) {
      case "number":
        return literal(ast);
      case "path":
        return this.#gauge(ast);
      case "call":
        return this.#call(ast);
      case "not": {
        const of = this.#claim(ast.of);
        return { ...of, read: (frame) => 1 - of.read(frame) };
      }
      case "binary":
        return this.#binary(ast);
    }
  }

  /** What a report shows of the claim: the left side of its comparison, and what was expected of it. */
  sides(ast: Ast, text: string): { readonly left: Node; readonly expected: string } {
    // Compiled a second time for its value alone: it shares the slots of the first, in the same order.
    const feeds = this.feeds.splice(0);
    const compares = ast.kind === "binary" && isComparison(ast.operator);
    const left = compares ? this.#reconciled(ast)[0] : this.node(ast);
    this.feeds.splice(0, this.feeds.length, ...feeds);
    return { left, expected: compares ? text.slice(ast.offset) : text };
  }

  #binary(ast: Extract<Ast, { kind: "binary" }>): Node {
    const { operator, offset } = ast;
    if (operator === "and" || operator === "or") return this.#joined(ast);
    if (operator === "*" || operator === "/") return this.#scaled(ast);
    const [left, right, kind] = this.#reconciled(ast);
    const hosts = [...left.hosts, ...right.hosts];
    const inPages = left.inPages || right.inPages;
    const a = left.read;
    const b = right.read;
    if (operator === "+")
      return { kind, ofRam: false, inPages, hosts, offset, read: (frame) => a(frame) + b(frame) };
    if (operator === "-")
      return { kind, ofRam: false, inPages, hosts, offset, read: (frame) => a(frame) - b(frame) };
    return {
      kind: "truth",
      ofRam: false,
      inPages: false,
      hosts,
      offset,
      read: compared(operator, a, b),
    };
  }

  #joined(ast: Extract<Ast, { kind: "binary" }>): Node {
    const left = this.#claim(ast.left);
    const right = this.#claim(ast.right);
    const read: Read =
      ast.operator === "and"
        ? (frame) => left.read(frame) * right.read(frame)
        : (frame) => Math.max(left.read(frame), right.read(frame));
    return { ...left, hosts: [...left.hosts, ...right.hosts], read };
  }

  #scaled(ast: Extract<Ast, { kind: "binary" }>): Node {
    const { operator, offset } = ast;
    const left = this.node(ast.left);
    const right = this.node(ast.right);
    const kind =
      operator === "*" ? productKind(left.kind, right.kind) : quotientKind(left.kind, right.kind);
    if (kind === null) throw mismatch(left, right, operator, offset);
    const factors = operator === "/" ? meet(left.kind, right.kind) : null;
    const [a, b] = [times(left.read, factors?.left ?? 1), times(right.read, factors?.right ?? 1)];
    const read: Read =
      operator === "*" ? (frame) => a(frame) * b(frame) : (frame) => a(frame) / b(frame);
    return {
      kind,
      read,
      ofRam: false,
      inPages: left.inPages,
      hosts: [...left.hosts, ...right.hosts],
      offset,
    };
  }

  /** Both sides in one unit, and which. */
  #reconciled(ast: Extract<Ast, { kind: "binary" }>): readonly [Node, Node, Kind] {
    const left = this.node(ast.left);
    const right = this.node(ast.right);
    const hosts = [...new Set([...left.hosts, ...right.hosts])];
    const [a, b] = [this.#inBytes(left, hosts), this.#inBytes(right, hosts)];
    const meeting = meet(a.kind, b.kind);
    if (meeting === null) throw mismatch(a, b, ast.operator, ast.right.offset);
    return [
      { ...a, kind: meeting.kind, read: times(a.read, meeting.left) },
      { ...b, kind: meeting.kind, read: times(b.read, meeting.right) },
      meeting.kind,
    ];
  }

  /** A size relative to RAM becomes bytes of the one machine that the comparison is about. */
  #inBytes(node: Node, hosts: readonly string[]): Node {
    if (!node.ofRam) return node;
    const [host] = hosts;
    const ramBytes = host === undefined || hosts.length > 1 ? null : this.#context.ramBytesOf(host);
    if (ramBytes === null)
      throw new ExpressionError(
        "a size relative to RAM needs one machine on the other side",
        node.offset,
      );
    return { ...node, ofRam: false, read: times(node.read, ramBytes) };
  }

  #claim(ast: Ast): Node {
    const node = this.node(ast);
    if (node.kind === "truth") return node;
    throw new ExpressionError(`expected a claim, found ${kindText(node.kind)}`, ast.offset);
  }

  #gauge(ast: Extract<Ast, { kind: "path" }>): Node {
    const path = this.#path(ast.text, ast.offset);
    if (path.kind === "distribution")
      throw new ExpressionError(
        `"${ast.text}" is a distribution; ask for p(99, ${ast.text})`,
        ast.offset,
      );
    const { kind, factor } = kindOf(path.unit);
    const read: Read =
      factor === 1 ? ({ view }) => view.value(path) : ({ view }) => view.value(path) * factor;
    return {
      kind,
      read,
      ofRam: false,
      inPages: path.unit === "pages",
      hosts: [path.host],
      offset: ast.offset,
    };
  }

  #path(text: string, offset: number): CompiledPath {
    const { vocabulary, indexOf } = this.#context;
    const draft = vocabulary.paths.get(text);
    if (draft === undefined)
      throw new ExpressionError(
        `"${text}" is no metric of this scenario`,
        offset,
        nearestPath(vocabulary, text),
      );
    const path = { ...draft, index: indexOf(text) };
    this.paths.push(path);
    return path;
  }

  #call(ast: Extract<Ast, { kind: "call" }>): Node {
    const { name, offset } = ast;
    const overTime = OVER_TIME.find((candidate) => candidate === name);
    if (overTime !== undefined) return this.#overTime(ast, overTime);
    if (name === "stall")
      return this.#gauge({ kind: "path", text: `${this.#onlyPath(ast)}.stall`, offset });
    if (name === "oom_kills") return this.#oomKills(ast);
    if (name === "elapsed") {
      if (ast.args.length > 0) throw new ExpressionError("elapsed() takes nothing here", offset);
      return {
        kind: "duration",
        read: ({ nowNs }) => nowNs,
        ofRam: false,
        inPages: false,
        hosts: [],
        offset,
      };
    }
    throw new ExpressionError(`no function is called "${name}"`, offset, nearest(name, FUNCTIONS));
  }

  #onlyPath(ast: Extract<Ast, { kind: "call" }>): string {
    const [arg] = ast.args;
    if (ast.args.length === 1 && arg?.kind === "path") return arg.text;
    throw new ExpressionError(
      `${ast.name}() takes one name, such as ${ast.name}(A/hog)`,
      ast.offset,
    );
  }

  #oomKills(ast: Extract<Ast, { kind: "call" }>): Node {
    const host = this.#onlyPath(ast);
    if (host !== "*")
      return this.#gauge({ kind: "path", text: `${host}.oom_kills`, offset: ast.offset });
    return {
      kind: "count",
      read: ({ view }) => view.oomKills,
      ofRam: false,
      inPages: false,
      hosts: [],
      offset: ast.offset,
    };
  }

  #overTime(ast: Extract<Ast, { kind: "call" }>, name: OverTime): Node {
    const { offset } = ast;
    const { arg, percent } = this.#spanArgs(ast, name);
    const path = arg.kind === "path" ? this.#context.vocabulary.paths.get(arg.text) : undefined;
    if (path?.kind === "distribution")
      return this.#ofDistribution({ name, percent, text: path.text, offset });
    const inner = this.node(arg);
    if (inner.kind === "truth")
      throw new ExpressionError(`${name}() takes a number, not a claim`, arg.offset);
    const slot = this.feeds.length;
    this.feeds.push((frame) => {
      const value = inner.read(frame);
      addSample(slotAt(frame, slot), value, frame.nowNs);
      if (name === "p") addForQuantile(slotAt(frame, slot), value);
    });
    const kind = name === "rate" ? "rate" : inner.kind;
    const read: Read = (frame) => overSamples(slotAt(frame, slot), name, percent) ?? Number.NaN;
    return { ...inner, kind, offset, read };
  }

  /** What a function over time is asked about, and for p() which percentage. */
  #spanArgs(ast: Extract<Ast, { kind: "call" }>, name: OverTime): { arg: Ast; percent: number } {
    if (!this.#context.overTime)
      throw new ExpressionError(
        `${name}() looks at a span of time; only a threshold has one`,
        ast.offset,
      );
    const expected = name === "p" ? 2 : 1;
    const arg = ast.args[expected - 1];
    if (arg === undefined || ast.args.length !== expected) {
      const takes = name === "p" ? "a percentage and a path" : "one value";
      throw new ExpressionError(`${name}() takes ${takes}`, ast.offset);
    }
    return { arg, percent: name === "p" ? percentOf(ast) : 0 };
  }

  #ofDistribution(call: { name: OverTime; percent: number; text: string; offset: number }): Node {
    const { name, percent, text, offset } = call;
    const path = this.#path(text, offset);
    const slot = this.feeds.length;
    this.feeds.push((frame) => {
      addDistribution(slotAt(frame, slot), frame.view.histogram(path), frame.nowNs);
    });
    const counted: Kind = name === "count" ? "count" : "rate";
    const kind = name === "count" || name === "rate" ? counted : kindOf(path.unit).kind;
    const read: Read = (frame) =>
      overDistribution(slotAt(frame, slot), name, percent) ?? Number.NaN;
    return { kind, read, ofRam: false, inPages: false, hosts: [path.host], offset };
  }
}

const isComparison = (operator: Operator): boolean =>
  COMPARISONS.some((comparison) => comparison === operator);

function literal({ value, unit, offset }: Extract<Ast, { kind: "number" }>): Node {
  const made = (kind: Kind, number: number, ofRam: boolean): Node => ({
    kind,
    read: () => number,
    ofRam,
    inPages: false,
    hosts: [],
    offset,
  });
  if (unit === "") return made("count", value, false);
  if (unit === "x ram") return made("size", value, true);
  const dimensions: readonly Dimension[] = ["duration", "size", "rate", "bandwidth", "ratio"];
  for (const dimension of dimensions) {
    const factor = UNITS[dimension].get(unit);
    if (factor !== undefined) return made(dimension, value * factor, false);
  }
  throw new ExpressionError(`"${unit}" is no unit`, offset);
}

function percentOf(ast: Extract<Ast, { kind: "call" }>): number {
  const [first] = ast.args;
  if (first?.kind === "number" && first.unit === "" && first.value > 0 && first.value <= 100)
    return first.value;
  throw new ExpressionError("p() begins with a percentage, as in p(99, A/svc.latency)", ast.offset);
}

function slotAt(frame: Frame, index: number): Slot {
  const slot = frame.slots[index];
  if (slot === undefined)
    throw new ExpressionError("a check has a slot for each function over time", 0);
  return slot;
}

function compared(operator: Comparison, a: Read, b: Read): Read {
  const claim = CLAIMS[operator];
  return (frame) => {
    const [left, right] = [a(frame), b(frame)];
    if (Number.isNaN(left) || Number.isNaN(right)) return Number.NaN;
    return claim(left, right) ? 1 : 0;
  };
}

const CLAIMS: Readonly<Record<Comparison, (a: number, b: number) => boolean>> = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
};

const times = (read: Read, factor: number): Read =>
  factor === 1 ? read : (frame) => read(frame) * factor;

function mismatch(left: Node, right: Node, operator: string, offset: number): ExpressionError {
  const hint =
    left.kind === "size" && right.kind === "count" ? "; sizes have units, as in 0 pages" : "";
  return new ExpressionError(
    `${kindText(left.kind)} ${operator} ${kindText(right.kind)} has no meaning${hint}`,
    offset,
  );
}
