// A film that may still be growing, and what every view asks of it. Where frames come from (a worker, a file, a cluster)
// ends here.

import {
  type Closure,
  type Film,
  type FilmEnd,
  type FilmTitle,
  type Frame,
  type HealTrial,
  type MachineShot,
  type NoReturn,
  type TimedFault,
  turnOf,
} from "#sim/index.ts";

/** Frames kept: 400 s of a machine that is looked at ten times a second, and hours of one that stands still. */
const FRAMES_MAX = 4_000;

/** The last instant at which healing that fault still rescues the run. */
export interface SoughtNoReturn {
  readonly fault: TimedFault;
  /** So far, in the order in which they were tried. */
  readonly trials: readonly HealTrial[];
  /** null: it is being sought. */
  readonly found: NoReturn | null;
}

export class Reel {
  readonly title: FilmTitle;
  closure: Closure | null;
  end: FilmEnd | null;
  /** Faults that may be healed sooner, to see whether that rescues the run; none where nothing can be run. */
  healable: readonly TimedFault[] = [];
  /** null: nobody has asked for it. */
  noReturn: SoughtNoReturn | null = null;
  readonly #frames: Frame[];
  readonly #framesMax: number;

  constructor(title: FilmTitle, framesMax: number = FRAMES_MAX) {
    this.title = title;
    this.#framesMax = framesMax;
    this.closure = null;
    this.end = null;
    this.#frames = [];
  }

  get frames(): readonly Frame[] {
    return this.#frames;
  }

  get lastNs(): number {
    return this.#frames.at(-1)?.atNs ?? 0;
  }

  /** Where the scrubber ends: what is planned, until more than that has happened. */
  get spanNs(): number {
    return this.end === null ? Math.max(this.title.plannedNs, this.lastNs, 1) : this.lastNs;
  }

  /** Where there are too many, every second one of the older half goes: the beginning is never lost. */
  append(frames: readonly Frame[]): void {
    for (const frame of frames) if (this.#isNews(frame)) this.#frames.push(frame);
    if (this.#frames.length <= this.#framesMax) return;
    const half = this.#frames.length >> 1;
    const older = this.#frames.slice(0, half).filter((_, i) => i % 2 === 0);
    this.#frames.splice(0, half, ...older);
  }

  /** Something may turn at the very instant of the frame before; the same frame told again is none. */
  #isNews(frame: Frame): boolean {
    const last = this.#frames.at(-1);
    if (last === undefined || frame.atNs > last.atNs) return true;
    return frame.atNs === last.atNs && turnOf(frame) !== turnOf(last);
  }

  /** Index of the latest frame at or before an instant; -1: there is none. */
  indexAt(atNs: number): number {
    let [low, high] = [0, this.#frames.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#frames[middle]?.atNs ?? 0) <= atNs) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  frameAt(atNs: number): Frame | null {
    return this.#frames[Math.max(0, this.indexAt(atNs))] ?? null;
  }

  /** Name and shot of each member of the cast, as far as the frame has them. */
  castOf(frame: Frame): readonly (readonly [name: string, shot: MachineShot])[] {
    return this.title.cast.flatMap(({ name }, i) => {
      const shot = frame.machines[i];
      return shot === undefined ? [] : [[name, shot] as const];
    });
  }

  /** The machine that all of this is about: the first that is neither client nor server. */
  get heroIndex(): number {
    return Math.max(
      0,
      this.title.cast.findIndex(({ role }) => role === "machine"),
    );
  }
}

export function reelOf(film: Film): Reel {
  const reel = new Reel(film.title);
  reel.append(film.frames);
  reel.closure = film.closure;
  reel.end = film.end;
  if (film.noReturn !== undefined)
    reel.noReturn = { ...film.noReturn, trials: film.noReturn.found.trials };
  return reel;
}
