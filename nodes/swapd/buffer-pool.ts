// Buffers that connections lend and give back: the payload of a large write stays where the host put it until the store has it,
// answers wait in one until the host took them, and no memory is made anew for each.

/** Of each buffer: what a client with 64 pages of swap in flight sends at once, or gets. */
export const POOLED_BYTES = 262_144;
/** 16 MiB. */
const FREE_MAX = 64;

export class BufferPool {
  readonly #free: Buffer[] = [];

  take(): Buffer {
    // Not zeroed: the host writes before anybody reads.
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(POOLED_BYTES);
  }

  /** Buffers of another size are not kept. */
  give(buffer: Buffer): void {
    if (buffer.length === POOLED_BYTES && this.#free.length < FREE_MAX) this.#free.push(buffer);
  }
}

/** One for all connections: those that are idle hold nothing. */
export const pool = new BufferPool();
