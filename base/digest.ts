// A 64-bit running hash of a run's events, in two 32-bit lanes of integer arithmetic.
//
// It tells two runs apart; it does not resist an adversary. Every host must get the same value to the last bit, so there
// is no float in it but the split of a number into its high and low halves, which is exact below 2^53.

export class Digest {
  #high = 0x6a09e667;
  #low = 0xbb67ae85;

  /** Mix in one integer, 0 ≤ |value| < 2^53. */
  add(value: number): void {
    const low = value >>> 0;
    const high = Math.floor(value / 0x1_0000_0000) | 0;
    this.#low = Math.imul(this.#low ^ low, 0x85ebca6b);
    this.#low ^= this.#low >>> 15;
    this.#high = Math.imul(this.#high ^ high ^ this.#low, 0xc2b2ae35);
    this.#high ^= this.#high >>> 13;
    this.#low = (this.#low + this.#high) | 0;
  }

  addText(text: string): void {
    for (let i = 0; i < text.length; i++) this.add(text.charCodeAt(i));
    this.add(text.length);
  }

  /** Sixteen hexadecimal digits. */
  hex(): string {
    const digits = (lane: number): string => (lane >>> 0).toString(16).padStart(8, "0");
    return digits(this.#high) + digits(this.#low);
  }

  save(): readonly [number, number] {
    return [this.#high, this.#low];
  }

  load([high, low]: readonly [number, number]): void {
    this.#high = high;
    this.#low = low;
  }
}
