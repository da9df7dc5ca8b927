// The words of an expression: names and paths, numbers with their units, operators.
//
// A path keeps its dots, slashes and brackets (`A.swap[C].oldest`, `A/svc.latency`), and a name may hold a hyphen, so minus
// and division need spaces around them. A unit belongs to the number before it, with or without a space.

import { UNITS } from "./quantity.ts";

export interface Token {
  readonly kind: "number" | "word" | "operator" | "end";
  readonly text: string;
  /** Of a number: its unit, "" for none. */
  readonly unit: string;
  /** Characters from the start of the expression. */
  readonly offset: number;
}

export interface Stray {
  readonly text: string;
  readonly offset: number;
}

const UNIT = [...Object.values(UNITS)]
  .flatMap((units) => [...units.keys()])
  .concat("x ram")
  .sort((a, b) => b.length - a.length)
  .map((unit) => unit.replace(/[/%]/g, "\\$&"))
  .join("|");
const NUMBER = new RegExp(`(\\d+(?:\\.\\d+)?)(?: ?(${UNIT})(?![\\w/]))?`, "y");
const SEGMENT = "[A-Za-z_][\\w-]*(?:\\[[^\\]\\s]*\\])?";
const WORD = new RegExp(`${SEGMENT}(?:[./]${SEGMENT})*`, "y");
const OPERATOR = /<=|>=|==|!=|[-<>+*/(),]/y;
const SPACE = /\s*/y;

/** The tokens of `text`, an end token last; or the first character that is none. */
export function tokensOf(text: string): Token[] | Stray {
  const tokens: Token[] = [];
  let offset = skipSpace(text, 0);
  while (offset < text.length) {
    const token = tokenAt(text, offset);
    if (token === null) return { text: text.charAt(offset), offset };
    tokens.push(token.token);
    offset = skipSpace(text, token.end);
  }
  tokens.push({ kind: "end", text: "", unit: "", offset });
  return tokens;
}

function tokenAt(text: string, offset: number): { token: Token; end: number } | null {
  const number = matchAt(NUMBER, text, offset);
  if (number !== null)
    return made("number", { text: number[1] ?? "", unit: number[2] ?? "", offset }, number[0]);
  const word = matchAt(WORD, text, offset);
  if (word !== null) return made("word", { text: word[0], unit: "", offset }, word[0]);
  const operator = matchAt(OPERATOR, text, offset);
  return operator === null
    ? null
    : made("operator", { text: operator[0], unit: "", offset }, operator[0]);
}

function made(kind: Token["kind"], rest: Omit<Token, "kind">, matched: string) {
  return { token: { kind, ...rest }, end: rest.offset + matched.length };
}

function matchAt(pattern: RegExp, text: string, offset: number): RegExpExecArray | null {
  pattern.lastIndex = offset;
  return pattern.exec(text);
}

function skipSpace(text: string, offset: number): number {
  return offset + (matchAt(SPACE, text, offset)?.[0].length ?? 0);
}
