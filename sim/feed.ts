// What a coordinator tells pages while machines run: the film of the run that goes on, and what happens around it. Plain data;
// the coordinator and the page both read these types here, so that neither can change them alone.
//
// Frames are pictures of which the latest counts: one that a slow page misses is a frame less in its film. Events are numbered
// without gaps, and a page that comes back with the number of the last one it has is told the rest.

import type { Closure, FilmEnd, FilmTitle, Frame } from "./film.ts";

/** Of these messages. A page that was loaded before the coordinator was replaced has another, and is told so. */
export const FEED_VERSION = 2;
export const FEED_PATH = "/feed/";
export const FEED_NAMESPACE = "/page";

/** What a page says of itself each time it connects. */
export interface FeedHello {
  readonly version: number;
  /** Of the coordinator that it heard last; null: of none. */
  readonly epoch: string | null;
  /** Number of the last event that it has. */
  readonly n: number;
  /** Instant of the last frame that it has, in ns. */
  readonly atNs: number;
}

/** Everything that a page which knows nothing needs. */
export interface FeedSnapshot {
  /** Another one for each start of a coordinator: numbers begin anew. */
  readonly epoch: string;
  readonly n: number;
  readonly film: ToldFilm | null;
  /** Newest first. */
  readonly runs: readonly ToldRun[];
  readonly faults: readonly ToldFault[];
  readonly campaigns: readonly ToldCampaign[];
}

/** The run that goes on, or the last one that did. */
export interface ToldFilm {
  readonly run: string;
  readonly title: FilmTitle;
  readonly frames: readonly Frame[];
  readonly closure: Closure | null;
  readonly end: FilmEnd | null;
}

/** What a page that was away for a while has missed. */
export interface FeedResumed {
  readonly events: readonly FeedEvent[];
  readonly frames: readonly Frame[];
}

export type FeedNews =
  | { readonly type: "begins"; readonly run: string; readonly title: FilmTitle }
  /** null: there was progress after all. */
  | { readonly type: "closure"; readonly closure: Closure | null }
  | { readonly type: "ends"; readonly end: FilmEnd }
  | { readonly type: "run"; readonly record: ToldRun }
  | { readonly type: "removed"; readonly run: string }
  | { readonly type: "faults"; readonly faults: readonly ToldFault[] }
  | { readonly type: "campaigns"; readonly campaigns: readonly ToldCampaign[] };

export type FeedEvent = FeedNews & { readonly n: number };

/** What is sent to a page, by the names of socket.io. */
export interface FromFeed {
  snapshot: (snapshot: FeedSnapshot) => void;
  resumed: (resumed: FeedResumed) => void;
  frames: (frames: readonly Frame[]) => void;
  news: (event: FeedEvent) => void;
}

/** A run in a list. */
export interface ToldRun {
  readonly id: string;
  readonly scenario: string;
  readonly variant: string | null;
  readonly policy: string | null;
  readonly settings: readonly string[];
  readonly seed: number | null;
  readonly state: "queued" | "running" | "ended";
  readonly verdict: string | null;
  readonly certainty: string | null;
  readonly status: string | null;
  /** null: it has none, as on real sockets. */
  readonly digest: string | null;
  /** ms since 1970. */
  readonly askedAtMs: number;
  readonly why: readonly string[];
  /** Its film was kept. */
  readonly hasFilm: boolean;
}

/** A fault that somebody opened by hand. */
export interface ToldFault {
  readonly id: string;
  readonly name: string;
  readonly target: string;
  /** ms since 1970: it heals itself then. */
  readonly leaseUntilMs: number;
}

/** Many runs that workers do, asked for by a command: those that go on. */
export interface ToldCampaign {
  readonly id: string;
  /** Of which scenarios. */
  readonly title: string;
  readonly runs: number;
  readonly done: number;
}
