// Claims over what is observed, as values: what a script says of a run is written down here and judged elsewhere, in the
// words of the scenario language. Nothing is observed while a script runs.

import type { MetricUnits } from "#coordinator/scenario/index.ts";
import type { Duration, Rate, Ratio, Size } from "./units.ts";

/** Unit of a number → what it may be compared with. A pageCount is a number of pages, or their size. */
export interface Comparable {
  readonly pages: Size;
  readonly bytes: Size;
  readonly pageCount: number | Size;
  readonly count: number;
  readonly ns: Duration;
  readonly ppm: Ratio;
  readonly rate: Rate;
}
export type Unit = keyof Comparable;

/** Units that may meet in a sum or a comparison. */
type Meeting<U extends Unit> = U extends "pages" | "bytes"
  ? "pages" | "bytes" | "pageCount"
  : U extends "pageCount"
    ? "pages" | "bytes" | "pageCount" | "count"
    : U extends "count"
      ? "count" | "pageCount"
      : U;

type Operand<U extends Unit> = Comparable[U] | TermIn<Meeting<U>>;
type TermIn<U extends Unit> = U extends Unit ? Term<U> : never;

/** A number, whatever it measures. */
export interface Written {
  readonly text: string;
  /** As part of a text that binds so. */
  readonly within: (binding: Binding) => string;
}

/** How tightly a text holds together: what binds looser is put in parentheses. */
const BINDING = { or: 0, and: 1, not: 2, comparison: 3, sum: 4, product: 5, atom: 6 } as const;
type Binding = keyof typeof BINDING;

/** A number that is observed, or computed from such. */
export class Term<U extends Unit> implements Written {
  /** Carried by the type alone. */
  declare protected readonly unit: U;
  readonly text: string;
  readonly #binding: Binding;

  constructor(text: string, binding: Binding = "atom") {
    this.text = text;
    this.#binding = binding;
  }

  below = (other: Operand<U>): Claim => this.#compare("<", other);
  atMost = (other: Operand<U>): Claim => this.#compare("<=", other);
  above = (other: Operand<U>): Claim => this.#compare(">", other);
  atLeast = (other: Operand<U>): Claim => this.#compare(">=", other);
  equals = (other: Operand<U>): Claim => this.#compare("==", other);
  differs = (other: Operand<U>): Claim => this.#compare("!=", other);

  plus = (other: Operand<U>): Term<U> =>
    new Term(`${this.within("sum")} + ${within(other, "product")}`, "sum");
  minus = (other: Operand<U>): Term<U> =>
    new Term(`${this.within("sum")} - ${within(other, "product")}`, "sum");
  times = (factor: number): Term<U> => new Term(`${this.within("product")} * ${factor}`, "product");
  /** Divided by. */
  over = (divisor: number): Term<U> =>
    new Term(`${this.within("product")} / ${divisor}`, "product");

  within = (binding: Binding): string => enclosed(this.text, this.#binding, binding);

  #compare(operator: string, other: Operand<U>): Claim {
    return new Claim(`${this.within("sum")} ${operator} ${within(other, "sum")}`, "comparison");
  }
}

const within = (operand: string | number | Written, binding: Binding): string =>
  typeof operand === "object" ? operand.within(binding) : String(operand);

const enclosed = (text: string, own: Binding, around: Binding): string =>
  BINDING[own] < BINDING[around] ? `(${text})` : text;

/** Something that holds or does not, at each instant. */
export class Claim {
  readonly text: string;
  readonly #binding: Binding;

  constructor(text: string, binding: Binding) {
    this.text = text;
    this.#binding = binding;
  }

  and(other: Claim): Claim {
    return new Claim(`${this.#within("and")} and ${other.#within("not")}`, "and");
  }

  or(other: Claim): Claim {
    return new Claim(`${this.#within("or")} or ${other.#within("and")}`, "or");
  }

  not(): Claim {
    return new Claim(`not ${this.#within("not")}`, "not");
  }

  #within(binding: Binding): string {
    return enclosed(this.text, this.#binding, binding);
  }
}

/** A claim, or its text in the words of the scenario language. */
export type Claimed = Claim | string;
export const claimText = (claim: Claimed): string =>
  typeof claim === "string" ? claim : claim.text;

/** Since the start of the run. */
export const elapsed = (): Term<"ns"> => new Term("elapsed()");
/** Tasks the OOM killer ended, on all machines. */
export const oomKills = (): Term<"count"> => new Term("oom_kills(*)");

/** Over a span, and so for `threshold` alone. */
const overTime =
  (name: string) =>
  <U extends Unit>(term: Term<U>): Term<U> =>
    new Term(`${name}(${term.text})`);
export const largest = overTime("max");
export const smallest = overTime("min");
export const mean = overTime("mean");
/** By how much it grew. */
export const count = (term: Written): Term<"count"> => new Term(`count(${term.text})`);
/** How fast it grew. */
export const rate = (term: Written): Term<"rate"> => new Term(`rate(${term.text})`);
/** The value that so many percent do not exceed. */
export const percentile = <U extends Unit>(percent: number, term: Term<U>): Term<U> =>
  new Term(`p(${percent}, ${term.text})`);

/** A metric for each name, one object for each dot: `mem.free` is `.mem.free`. */
export type Cells<Units> = {
  readonly [Part in Head<keyof Units & string>]: (Part extends keyof Units
    ? Term<Units[Part] & Unit>
    : unknown) &
    Cells<Below<Units, Part>>;
};
type Head<Name extends string> = Name extends `${infer First}.${string}` ? First : Name;
export type Below<Units, Part extends string> = {
  readonly [Name in keyof Units as Name extends `${Part}.${infer Rest}`
    ? Rest
    : never]: Units[Name];
};
export type CellsOf<Subject extends keyof MetricUnits> = Cells<MetricUnits[Subject]>;

/** `own` with the metrics of `owner` behind it, by name. */
export function withCells<Own extends object, Units>(own: Own, owner: string): Own & Cells<Units>;
export function withCells(own: object, owner: string): unknown {
  return new Proxy(own, {
    get: (target, key): unknown =>
      typeof key === "symbol" || Reflect.has(target, key)
        ? Reflect.get(target, key)
        : withCells(new Term(`${owner}.${key}`), `${owner}.${key}`),
  });
}
