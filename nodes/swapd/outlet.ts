// What a connection sends: the session's slices, in as few writes as that takes.
//
// Small pieces (headers, pages) are copied into a slab and leave as one write: an object and a list entry each would cost the
// host more than the copy. Large ones are sent from where they lie. A write per reply, measured on a bare server, costs four
// to five times the CPU.

import type { Socket } from "node:net";
import { lenBytesOf } from "#wire/bytes.ts";
import { BufferPool } from "./buffer-pool.ts";

const SLAB_BYTES = 65_536;
/** From here on a piece is not copied. A page and its header are. */
const LARGE_BYTES = 8_192;

export class Outlet {
  readonly #slabs: BufferPool;
  /** Held back by a fault: sent when it heals. Null: nothing is held back. */
  #held: Uint8Array[] | null = null;

  constructor(slabs: BufferPool = new BufferPool(SLAB_BYTES)) {
    this.#slabs = slabs;
  }

  get isHeld(): boolean {
    return this.#held !== null;
  }

  send(socket: Socket, slices: readonly Uint8Array[]): void {
    const [first] = slices;
    if (first === undefined) return;
    if (this.#held !== null) this.#held.push(...slices);
    else if (slices.length === 1) socket.write(first);
    else this.#sendMany(socket, slices);
  }

  /** Send half of these bytes, and neither the rest nor anything after it until `release`. */
  sendHalf(socket: Socket, slices: readonly Uint8Array[]): void {
    const whole = Buffer.concat(slices, lenBytesOf(slices));
    const halfBytes = Math.floor(whole.length / 2);
    this.send(socket, [whole.subarray(0, halfBytes)]);
    this.#held = [whole.subarray(halfBytes)];
  }

  release(socket: Socket): void {
    const held = this.#held ?? [];
    this.#held = null;
    this.send(socket, held);
  }

  #sendMany(socket: Socket, slices: readonly Uint8Array[]): void {
    socket.cork();
    let slab: Buffer | null = null;
    let usedBytes = 0;
    for (const slice of slices) {
      const isLarge = slice.length >= LARGE_BYTES;
      if (slab !== null && (isLarge || usedBytes + slice.length > SLAB_BYTES)) {
        this.#sendSlab(socket, slab, usedBytes);
        slab = null;
      }
      if (isLarge) {
        socket.write(slice);
        continue;
      }
      if (slab === null) {
        slab = this.#slabs.take();
        usedBytes = 0;
      }
      slab.set(slice, usedBytes);
      usedBytes += slice.length;
    }
    if (slab !== null) this.#sendSlab(socket, slab, usedBytes);
    socket.uncork();
  }

  #sendSlab(socket: Socket, slab: Buffer, usedBytes: number): void {
    socket.write(slab.subarray(0, usedBytes), () => this.#slabs.give(slab));
  }
}
