// Where on a film we are, and how fast it goes on. Told how much of the viewer's time has passed; never reads a clock.

export const SPEEDS: readonly number[] = [0.1, 0.25, 0.5, 1, 2, 5, 10, 100, 1000];

export interface FilmSoFar {
  readonly lastNs: number;
  /** Nothing more will come. */
  readonly isOver: boolean;
  /** Where it is held, in order. */
  readonly stopsNs?: readonly number[];
}

export class Playhead {
  atNs = 0;
  isPlaying = false;
  /** While it plays it stays at the end of a film that grows. */
  isFollowing = false;
  #speedIndex = SPEEDS.indexOf(1);

  get speed(): number {
    return SPEEDS[this.#speedIndex] ?? 1;
  }

  /** Moves on by `elapsedMs` of the viewer's time, as far as there is film; a stop holds it, and the end of a finished film. */
  tick(elapsedMs: number, { lastNs, isOver, stopsNs = [] }: FilmSoFar): void {
    if (!this.isPlaying) return;
    const toNs = this.isFollowing
      ? lastNs
      : Math.min(lastNs, this.atNs + elapsedMs * 1e6 * this.speed);
    const stopNs = stopsNs.find((ns) => ns > this.atNs && ns <= toNs);
    if (stopNs !== undefined) this.#hold(stopNs);
    else this.atNs = toNs;
    if (isOver && this.atNs >= lastNs) this.isPlaying = false;
  }

  /** Who goes on from there sees what has come meanwhile: it does not jump to the present. */
  #hold(atNs: number): void {
    this.atNs = atNs;
    this.isPlaying = false;
    this.isFollowing = false;
  }

  seek(atNs: number, spanNs: number): void {
    this.isFollowing = false;
    this.atNs = Math.min(spanNs, Math.max(0, atNs));
  }

  faster(): void {
    this.#speedIndex = Math.min(SPEEDS.length - 1, this.#speedIndex + 1);
  }

  slower(): void {
    this.#speedIndex = Math.max(0, this.#speedIndex - 1);
  }

  /** From the end of the film so far. */
  follow(lastNs: number): void {
    this.atNs = lastNs;
    this.isPlaying = true;
    this.isFollowing = true;
  }

  setSpeed(speed: number): void {
    const index = SPEEDS.indexOf(speed);
    if (index >= 0) this.#speedIndex = index;
  }
}
