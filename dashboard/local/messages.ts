// What the page and its worker say to each other. Plain data.

import type { Closure, FilmEnd, FilmTitle, Frame } from "#sim/index.ts";
import type { Session } from "../model/session.ts";

/** The page asks for one run at a time; a new order ends the one before. */
export interface LocalOrder {
  readonly type: "run";
  readonly session: Session;
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
    }
  | { readonly type: "frames"; readonly frames: readonly Frame[]; readonly closure: Closure | null }
  | {
      readonly type: "end";
      readonly end: FilmEnd;
      readonly closure: Closure | null;
      /** As before, and it expects the verdict. */
      readonly document: string;
    }
  /** What was asked for cannot be run. */
  | { readonly type: "refused"; readonly why: string };

export interface CatalogueEntry {
  readonly id: string;
  readonly title: string;
  readonly variants: readonly { readonly name: string; readonly about: string }[];
  readonly seed: number;
}
