// What the app shows a view, and what a view may ask of the app.

import type { Frame, TimedFault } from "#sim/index.ts";
import type { CatalogueEntry } from "../local/messages.ts";
import type { Reel } from "../model/reel.ts";
import type { Session } from "../model/session.ts";

/** Everything a view needs to draw itself. */
export interface Look {
  readonly reel: Reel;
  readonly frame: Frame;
  readonly atNs: number;
  /** Film is running and the viewer has nothing against motion. */
  readonly isMoving: boolean;
  /** The viewer's time, for what moves. */
  readonly nowMs: number;
}

export interface View {
  readonly id: string;
  readonly name: string;
  readonly element: HTMLElement;
  update(look: Look): void;
  /** Where a film that is played is held while this view is open, in order, in ns; most hold it nowhere. */
  stopsNs?(reel: Reel): readonly number[];
}

export interface Deck {
  seek(atNs: number): void;
  pause(): void;
  open(view: string): void;
  run(session: Session): void;
  /** Looks for the last instant at which healing that fault rescues a film's run; the film is told (Reel.noReturn). */
  seekNoReturn(reel: Reel, fault: TimedFault): void;
  stopSeeking(): void;
  /** null: nothing can be run here, as in a report. */
  readonly session: Session | null;
  /** The scenario of what is run, as it would be written down. */
  readonly document: string | null;
  readonly catalogue: readonly CatalogueEntry[];
  readonly policies: readonly string[];
  /** What has been run while the page was open, oldest first. */
  readonly reels: readonly Reel[];
  watch(reel: Reel): void;
  /** The cluster that is up, as it is now; nothing where there is none. */
  follow(): void;
  readonly isLive: boolean;
}
