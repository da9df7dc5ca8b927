// Read buffers that connections lend and give back: the payload of a large write stays where the host put it until the store
// has it, and no memory is made anew for each.

const FREE_MAX = 64;

export class BufferPool {
  readonly #lenBytes: number;
  readonly #free: Buffer[] = [];

  constructor(lenBytes: number) {
    this.#lenBytes = lenBytes;
  }

  take(): Buffer {
    // Not zeroed: the host writes before anybody reads.
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#lenBytes);
  }

  /** Buffers of another size are not kept. */
  give(buffer: Buffer): void {
    if (buffer.length === this.#lenBytes && this.#free.length < FREE_MAX) this.#free.push(buffer);
  }
}
