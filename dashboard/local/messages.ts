// What the page and its worker say to each other. Plain data.

import type {
  Closure,
  FilmEnd,
  FilmTitle,
  Frame,
  HealTrial,
  NoReturn,
  TimedFault,
} from "#sim/index.ts";
import type { Session } from "../model/session.ts";

/** The page asks for one run at a time; a new order ends the one before. */
export type LocalOrder =
  | { readonly type: "catalogue" }
  | { readonly type: "run"; readonly session: Session }
  | NoReturnOrder;

export interface NoReturnOrder {
  readonly type: "no-return";
  readonly session: Session;
  readonly fault: TimedFault;
}

export type LocalMessage =
  | {
      readonly type: "catalogue";
      readonly scenarios: readonly CatalogueEntry[];
      readonly policies: readonly string[];
    }
  | {
      readonly type: "title";
      readonly title: FilmTitle;
      /** The session as a scenario by itself. */
      readonly document: string;
      readonly healable: readonly TimedFault[];
    }
  | { readonly type: "frames"; readonly frames: readonly Frame[]; readonly closure: Closure | null }
  | {
      readonly type: "end";
      readonly end: FilmEnd;
      readonly closure: Closure | null;
      /** As before, and it expects the verdict. */
      readonly document: string;
    }
  | { readonly type: "trial"; readonly trial: HealTrial }
  | { readonly type: "no-return"; readonly found: NoReturn }
  /** What was asked for cannot be run. */
  | { readonly type: "refused"; readonly why: string };

export interface CatalogueEntry {
  readonly id: string;
  readonly title: string;
  readonly variants: readonly { readonly name: string; readonly about: string }[];
  readonly seed: number;
}
