// The smallest value that does, of values in order: halving, one question at a time, and then a look at whether halving was
// allowed. It is asked what to try next and told what came of it; whoever asks runs things.
//
// Halving supposes that whatever is larger than what does, does too. That need not be so (a larger reserve can make a machine
// wait where it used to go on), so both ends and the middles of both sides are tried as well, and what contradicts is named.

export class Bisection {
  readonly #count: number;
  readonly #checksOrder: boolean;
  readonly #answers = new Map<number, boolean>();

  /** Values 0 to `count` − 1. */
  constructor({ count, checksOrder }: { readonly count: number; readonly checksOrder: boolean }) {
    this.#count = count;
    this.#checksOrder = checksOrder;
  }

  /** What to try next; null: nothing is left to ask. */
  next(): number | null {
    const last = this.#count - 1;
    if (!this.#answers.has(last)) return last;
    if (this.#answers.get(last) === false) return null;
    const [low, high] = [this.largestFailing, this.smallest ?? last];
    if (high - low > 1) return low + Math.floor((high - low) / 2);
    return this.#checksOrder ? (this.#probes().find((at) => !this.#answers.has(at)) ?? null) : null;
  }

  tell(at: number, does: boolean): void {
    this.#answers.set(at, does);
  }

  /** The smallest that does, as halving finds it; null: not even the largest. */
  get smallest(): number | null {
    const passing = [...this.#answers].filter(([, does]) => does).map(([at]) => at);
    const above = passing.filter((at) => at > this.#largestFailingBelow(passing));
    return above.length === 0 ? null : Math.min(...above);
  }

  /** The largest below it that does not; −1: none is known. */
  get largestFailing(): number {
    const passing = [...this.#answers].filter(([, does]) => does).map(([at]) => at);
    return this.#largestFailingBelow(passing);
  }

  /** Values that contradict the order: they do and lie below one that does not. */
  get contradictions(): readonly number[] {
    const failing = [...this.#answers].filter(([, does]) => !does).map(([at]) => at);
    const most = Math.max(-1, ...failing);
    return [...this.#answers]
      .filter(([at, does]) => does && at < most)
      .map(([at]) => at)
      .sort((a, b) => a - b);
  }

  /** The largest that fails, of all that were asked. */
  #largestFailingBelow(passing: readonly number[]): number {
    const top = Math.max(-1, ...passing);
    const failing = [...this.#answers].filter(([at, does]) => !does && at < top).map(([at]) => at);
    return Math.max(-1, ...failing);
  }

  /** Both ends, and the middles of what lies below and above the answer. */
  #probes(): readonly number[] {
    const answer = this.smallest ?? this.#count - 1;
    const middles = [Math.floor(answer / 2), Math.floor((answer + this.#count - 1) / 2)];
    return [0, ...middles].filter((at) => at >= 0 && at < this.#count);
  }
}
