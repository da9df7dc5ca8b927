// Where on a film we are, and how fast it goes on. Told how much of the viewer's time has passed; never reads a clock.

export const SPEEDS: readonly number[] = [0.1, 0.25, 0.5, 1, 2, 5, 10, 100, 1000];

export class Playhead {
  atNs = 0;
  isPlaying = false;
  /** While it plays it stays at the end of a film that grows. */
  isFollowing = false;
  #speedIndex = SPEEDS.indexOf(1);

  get speed(): number {
    return SPEEDS[this.#speedIndex] ?? 1;
  }

  /** Moves on by `elapsedMs` of the viewer's time, as far as there is film; the end of a finished film stops it. */
  tick(
    elapsedMs: number,
    { lastNs, isOver }: { readonly lastNs: number; readonly isOver: boolean },
  ): void {
    if (!this.isPlaying) return;
    this.atNs = this.isFollowing
      ? lastNs
      : Math.min(lastNs, this.atNs + elapsedMs * 1e6 * this.speed);
    if (isOver && this.atNs >= lastNs) this.isPlaying = false;
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

  follow(): void {
    this.isPlaying = true;
    this.isFollowing = true;
  }

  setSpeed(speed: number): void {
    const index = SPEEDS.indexOf(speed);
    if (index >= 0) this.#speedIndex = index;
  }
}
