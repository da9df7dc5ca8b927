// The grammar of the expression language. Deliberately tiny: no regular expressions, no functions of one's own, no effects.
//
//   or      = and ("or" and)*              sum     = product (("+" | "-") product)*
//   and     = not ("and" not)*             product = atom (("*" | "/") atom)*
//   not     = "not" not | compare          atom    = number [unit] | path | name "(" list ")" | "(" or ")"
//   compare = sum [("<" | "<=" | ">" | ">=" | "==" | "!=") sum]

import type { Token } from "./expression-tokens.ts";
import { tokensOf } from "./expression-tokens.ts";
import { nearest } from "./nearest.ts";
import { nearestUnit, UNITS } from "./quantity.ts";

export type Ast =
  | {
      readonly kind: "number";
      readonly value: number;
      readonly unit: string;
      readonly offset: number;
    }
  | { readonly kind: "path"; readonly text: string; readonly offset: number }
  | {
      readonly kind: "call";
      readonly name: string;
      readonly args: readonly Ast[];
      readonly offset: number;
    }
  | { readonly kind: "not"; readonly of: Ast; readonly offset: number }
  | {
      readonly kind: "binary";
      readonly operator: Operator;
      readonly left: Ast;
      readonly right: Ast;
      readonly offset: number;
    };

export const COMPARISONS = ["<", "<=", ">", ">=", "==", "!="] as const;
export type Comparison = (typeof COMPARISONS)[number];
export type Operator = "or" | "and" | "+" | "-" | "*" | "/" | Comparison;

export interface Mistake {
  readonly message: string;
  readonly offset: number;
  readonly nearest: string | null;
}

/** Thrown inside this language's own functions only, and caught where they are entered. */
export class ExpressionError extends Error {
  readonly mistake: Mistake;

  constructor(message: string, offset: number, nearest: string | null = null) {
    super(message);
    this.mistake = { message, offset, nearest };
  }
}

/** Nested deeper than this is a mistake, not a check. */
const DEPTH_MAX = 64;

/** The tree of an expression. Throws ExpressionError. */
export function parseExpression(text: string): Ast {
  const tokens = tokensOf(text);
  if (!Array.isArray(tokens))
    throw new ExpressionError(`"${tokens.text}" has no meaning in an expression`, tokens.offset);
  const parser = new Parser(tokens);
  const ast = parser.either();
  parser.end();
  return ast;
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  either(): Ast {
    this.#depth++;
    if (this.#depth > DEPTH_MAX) throw this.#error("the expression is nested too deeply");
    const ast = this.#chain(["or"], () => this.#chain(["and"], () => this.#negation()));
    this.#depth--;
    return ast;
  }

  end(): void {
    if (this.#token().kind !== "end") throw this.#error("expected an operator or the end");
  }

  #negation(): Ast {
    const { offset } = this.#token();
    if (!this.#take(["not"])) return this.#comparison();
    this.#depth++;
    if (this.#depth > DEPTH_MAX) throw this.#error("the expression is nested too deeply");
    const of = this.#negation();
    this.#depth--;
    return { kind: "not", of, offset };
  }

  #comparison(): Ast {
    const left = this.#sum();
    const { offset } = this.#token();
    const operator = this.#take(COMPARISONS);
    if (operator === null) return left;
    const ast: Ast = { kind: "binary", operator, left, right: this.#sum(), offset };
    const next = this.#error("comparisons do not chain; join two with `and`");
    if (this.#take(COMPARISONS)) throw next;
    return ast;
  }

  #sum(): Ast {
    return this.#chain(["+", "-"], () => this.#chain(["*", "/"], () => this.#atom()));
  }

  #chain(operators: readonly Operator[], part: () => Ast): Ast {
    let left = part();
    for (;;) {
      const { offset } = this.#token();
      const operator = this.#take(operators);
      if (operator === null) return left;
      left = { kind: "binary", operator, left, right: part(), offset };
    }
  }

  #atom(): Ast {
    const token = this.#token();
    const { offset, text } = token;
    if (this.#take(["("])) return this.#closed(this.either());
    if (token.kind === "number") {
      this.#next++;
      this.#refuseUnknownUnit();
      return { kind: "number", value: Number(text), unit: token.unit, offset };
    }
    if (token.kind !== "word" || RESERVED.includes(text))
      throw this.#error("expected a path, a number or a parenthesis");
    this.#next++;
    if (!this.#take(["("])) return { kind: "path", text, offset };
    return this.#closed({ kind: "call", name: text, args: this.#args(), offset });
  }

  /** A word behind a number can only have been meant as its unit. */
  #refuseUnknownUnit(): void {
    const { kind, text, offset } = this.#token();
    if (kind !== "word" || RESERVED.includes(text)) return;
    const units = Object.values(UNITS).flatMap((known) => [...known.keys()]);
    throw new ExpressionError(
      `"${text}" is no unit`,
      offset,
      nearestUnit(text) ?? nearest(text, units),
    );
  }

  #args(): Ast[] {
    if (this.#token().text === ")") return [];
    if (this.#token().text === "*") {
      const { offset } = this.#token();
      this.#next++;
      return [{ kind: "path", text: "*", offset }];
    }
    const args = [this.either()];
    while (this.#take([","])) args.push(this.either());
    return args;
  }

  #closed(ast: Ast): Ast {
    if (!this.#take([")"])) throw this.#error("expected )");
    return ast;
  }

  #token(): Token {
    return this.#tokens[Math.min(this.#next, this.#tokens.length - 1)] ?? END;
  }

  #take<T extends string>(texts: readonly T[]): T | null {
    const { kind, text } = this.#token();
    const found = kind === "number" ? undefined : texts.find((candidate) => candidate === text);
    if (found !== undefined) this.#next++;
    return found ?? null;
  }

  #error(message: string): ExpressionError {
    const { text, kind, offset } = this.#token();
    const here = kind === "end" ? "at the end" : `at "${text}"`;
    return new ExpressionError(`${message} ${here}`, offset);
  }
}

const RESERVED: readonly string[] = ["and", "or", "not"];
const END: Token = { kind: "end", text: "", unit: "", offset: 0 };
