// The film of the run that goes on, as far as it is kept for pages that come later: whole where it is recent, where something
// turned and where the knot closed, thinned out between.

import {
  type Closure,
  type FilmEnd,
  type FilmTitle,
  type Frame,
  type ToldFilm,
  turnOf,
} from "#sim/index.ts";

/** 400 s at ten frames a second; runs are judged long before. */
const FRAMES_MAX = 4_000;
/** Frames of a snapshot: at 4 to 8 KB each a page has them within a tenth of a second from its own host. */
export const SNAPSHOT_FRAMES = 240;
/** Of the latest every one is told, with what travelled. */
const RECENT_FRAMES = 40;
/** What travelled is told as long before the knot closed as the Wedge view may look back. */
const BEFORE_CLOSURE_NS = 2_000_000_000;

export class FilmBuffer {
  readonly run: string;
  readonly title: FilmTitle;
  closure: Closure | null = null;
  end: FilmEnd | null = null;
  readonly #frames: Frame[] = [];

  constructor(run: string, title: FilmTitle) {
    this.run = run;
    this.title = title;
  }

  append(frames: readonly Frame[]): void {
    this.#frames.push(...frames);
    if (this.#frames.length > FRAMES_MAX) this.#frames.splice(0, this.#frames.length - FRAMES_MAX);
  }

  /** Of at most about so many frames. */
  told(framesMax: number): ToldFilm {
    const { run, title, closure, end } = this;
    return { run, title, closure, end, frames: this.#thinned(this.#frames, framesMax) };
  }

  /** After an instant. */
  since(atNs: number): readonly Frame[] {
    return this.#thinned(
      this.#frames.filter((frame) => frame.atNs > atNs),
      SNAPSHOT_FRAMES,
    );
  }

  #thinned(frames: readonly Frame[], framesMax: number): readonly Frame[] {
    const recent = frames.length - RECENT_FRAMES;
    const every = Math.max(1, Math.ceil(frames.length / framesMax));
    const closedNs = this.closure?.atNs ?? Number.POSITIVE_INFINITY;
    return frames.flatMap((frame, i) => {
      if (i >= recent) return [frame];
      const isBefore = frame.atNs <= closedNs && frame.atNs >= closedNs - BEFORE_CLOSURE_NS;
      if (isBefore) return [frame];
      return i % every === 0 || isTurn(frame, frames[i - 1]) ? [withoutMessages(frame)] : [];
    });
  }
}

/** A phase or a fault begins or ends with it. */
const isTurn = (frame: Frame, before: Frame | undefined): boolean =>
  before === undefined || turnOf(frame) !== turnOf(before);

const withoutMessages = (frame: Frame): Frame => ({
  ...frame,
  messages: [],
  messagesLeftOut: frame.messagesLeftOut + frame.messages.length,
});
