// What a page knows of a coordinator: the film that goes on, the history, open faults. Told by messages, and what it answers
// to "what do you have?" when it connects again.

import {
  FEED_VERSION,
  type FeedEvent,
  type FeedHello,
  type FeedResumed,
  type FeedSnapshot,
  type Frame,
  type ToldCampaign,
  type ToldFault,
  type ToldFilm,
  type ToldRun,
} from "#sim/index.ts";
import { Reel } from "./reel.ts";

/** Of the film that goes on: a page that is open for days keeps no more of it, some 15 MB. */
const FRAMES_MAX = 600;

export class FeedState {
  #epoch: string | null = null;
  #n = 0;
  /** The run that goes on, or the last one that did; null: none was told of. */
  film: { readonly run: string; readonly reel: Reel } | null = null;
  /** Newest first. */
  runs: readonly ToldRun[] = [];
  faults: readonly ToldFault[] = [];
  /** That go on. */
  campaigns: readonly ToldCampaign[] = [];

  get hello(): FeedHello {
    return {
      version: FEED_VERSION,
      epoch: this.#epoch,
      n: this.#n,
      atNs: this.film?.reel.lastNs ?? -1,
    };
  }

  snapshot({ epoch, n, film, runs, faults, campaigns }: FeedSnapshot): void {
    this.#epoch = epoch;
    this.#n = n;
    this.runs = runs;
    this.faults = faults;
    this.campaigns = campaigns;
    // A coordinator that was started anew shows nothing yet; what was seen of the one before is still worth looking at.
    if (film !== null) this.film = { run: film.run, reel: reelOfTold(film) };
  }

  resumed({ events, frames }: FeedResumed): void {
    for (const event of events) this.news(event);
    this.frames(frames);
  }

  frames(frames: readonly Frame[]): void {
    this.film?.reel.append(frames);
  }

  news(event: FeedEvent): void {
    if (event.n <= this.#n) return;
    this.#n = event.n;
    const reel = this.film?.reel;
    switch (event.type) {
      case "begins":
        this.film = { run: event.run, reel: new Reel(event.title, FRAMES_MAX) };
        return;
      case "closure":
        if (reel !== undefined) reel.closure = event.closure;
        return;
      case "ends":
        if (reel !== undefined) reel.end = event.end;
        return;
      case "run":
        this.#put(event.record);
        return;
      case "removed":
        this.runs = this.runs.filter(({ id }) => id !== event.run);
        return;
      case "faults":
        this.faults = event.faults;
        return;
      case "campaigns":
        this.campaigns = event.campaigns;
        return;
    }
  }

  #put(record: ToldRun): void {
    const isKnown = this.runs.some(({ id }) => id === record.id);
    this.runs = isKnown
      ? this.runs.map((run) => (run.id === record.id ? record : run))
      : [record, ...this.runs];
  }
}

function reelOfTold({ title, frames, closure, end }: ToldFilm): Reel {
  const reel = new Reel(title, FRAMES_MAX);
  reel.append(frames);
  Object.assign(reel, { closure, end });
  return reel;
}
