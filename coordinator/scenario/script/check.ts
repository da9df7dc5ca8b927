// Checks as values: what must hold, and when. They are judged as those of a scenario file are, for they become such.

import type { ScenarioSource } from "#coordinator/scenario/index.ts";
import { type Claimed, claimText } from "./claim.ts";
import { callerLine } from "./origin.ts";
import type { Duration } from "./units.ts";

export type CheckSource = ScenarioSource["checks"][number];
type Said = Omit<CheckSource, "id">;
export type Verdict = Extract<NonNullable<CheckSource["verdict"]>, string>;

export class Check {
  readonly source: Said;
  /** Of the script; null: nobody knows. */
  readonly line: number | null;

  constructor(source: Said, line = callerLine()) {
    this.source = source;
    this.line = line;
  }

  /** Only while the phase lasts. */
  during = (phase: string): Check => this.#with({ during: phase });
  /** Only from a mark on, or from a step of another name. */
  after = (anchor: string): Check => this.#with({ after: anchor });
  /** Why it is there. */
  about = (text: string): Check => this.#with({ about: text });
  /** Reported, and decides nothing. */
  warnOnly = (): Check => this.#with({ severity: "warn" });
  infoOnly = (): Check => this.#with({ severity: "info" });
  /** Ends the run as soon as it fails. */
  abortOnFail = (): Check => this.#with({ abortOnFail: true });

  #with(more: Said): Check {
    return new Check({ ...this.source, ...more }, this.line);
  }
}

export const always = (claim: Claimed): Check => new Check({ always: claimText(claim) });
export const never = (claim: Claimed): Check => new Check({ never: claimText(claim) });
export const sometimes = (claim: Claimed): Check => new Check({ sometimes: claimText(claim) });
export const eventually = (
  claim: Claimed,
  bound: { readonly within: Duration; readonly stays?: Duration },
): Check => new Check({ eventually: claimText(claim), ...bound });
/** Asked once for each window; without one, once for all of its time. */
export const threshold = (claim: Claimed, span: { readonly window?: Duration } = {}): Check =>
  new Check({ threshold: claimText(claim), ...span });
/** Heals every open fault, then judges. Of several, one, where outcomes differ by seed. */
export const verdict = (
  which: Verdict | Verdict[],
  span: { readonly settle?: Duration } = {},
): Check => new Check({ verdict: which, ...span });
/** Those who cannot move wait for one another in this order. */
export const waitsFor = (...cycle: string[]): Check => new Check({ cycle });
