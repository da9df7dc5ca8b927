// What a connection sends: the session's slices, in as few writes as that takes.
//
// Small pieces (headers, pages) are copied into a slab and leave as one write: an object and a list entry each would cost the
// host more than the copy. Large ones are sent from where they lie. A write per reply, measured on a bare server, costs four
// to five times the CPU.

import type { Socket } from "node:net";
import { lenBytesOf } from "#wire/bytes.ts";
import { POOLED_BYTES, pool } from "./buffer-pool.ts";

/** From here on a piece is not copied. A page and its header are. */
const LARGE_BYTES = 8_192;

export class Outlet {
  /** Held back by a fault: sent when it heals. Null: nothing is held back. */
  #held: Uint8Array[] | null = null;

  get isHeld(): boolean {
    return this.#held !== null;
  }

  send(socket: Socket, slices: readonly Uint8Array[]): void {
    const [first] = slices;
    if (first === undefined) return;
    if (this.#held !== null) this.#held.push(...slices);
    else if (slices.length === 1) socket.write(first);
    else if (fitSlab(slices)) this.#sendPacked(socket, slices);
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

  /** Pieces that fit a slab leave packed, all that lie between two large ones together; one write has all of it. */
  #sendMany(socket: Socket, slices: readonly Uint8Array[]): void {
    socket.cork();
    let packed: Uint8Array[] = [];
    let packedBytes = 0;
    for (const slice of slices) {
      const isLarge = slice.length >= LARGE_BYTES;
      if (isLarge || packedBytes + slice.length > POOLED_BYTES) {
        this.#sendPacked(socket, packed);
        packed = [];
        packedBytes = 0;
      }
      if (isLarge) socket.write(slice);
      else {
        packed.push(slice);
        packedBytes += slice.length;
      }
    }
    this.#sendPacked(socket, packed);
    socket.uncork();
  }

  #sendPacked(socket: Socket, slices: readonly Uint8Array[]): void {
    if (slices.length === 0) return;
    // To a client that is slow to take them, thousands of answers may wait: then none has more room than it needs.
    const isWaiting = socket.writableLength > 0;
    const slab = isWaiting ? Buffer.allocUnsafeSlow(lenBytesOf(slices)) : pool.take();
    let usedBytes = 0;
    for (const slice of slices) {
      slab.set(slice, usedBytes);
      usedBytes += slice.length;
    }
    socket.write(slab.subarray(0, usedBytes), () => pool.give(slab));
  }
}

/** Whether nothing is large, and all of it has room: a batch of requests for pages that is not too long. */
function fitSlab(slices: readonly Uint8Array[]): boolean {
  let sumBytes = 0;
  for (const { length } of slices) {
    if (length >= LARGE_BYTES) return false;
    sumBytes += length;
  }
  return sumBytes <= POOLED_BYTES;
}
