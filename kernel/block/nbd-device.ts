// A network block device: one connection to an NBD server, and what its driver's threads share. Linux: drivers/block/nbd.c.
//
// The connection is made and haggled over by a user program (nbd-client) and then belongs to the driver. Sending is one
// task at a time, under a lock held over every wait for memory or room. Whose rights a sender and a receiver have is the
// criticality policy's; whether they have a thread of their own is the era's.
//
// Not modelled: several connections, reconnecting (a dead connection fails what is in flight), disconnect requests.

import { assert } from "#base/assert.ts";
import { bytesOf } from "../mm/content.ts";
import type { Memory } from "../mm/memory.ts";
import { PG_ERROR, PG_MAPPED, PG_UPTODATE } from "../mm/page-frames.ts";
import { has, set, unlockPage } from "../mm/page-life.ts";
import type { Sockets } from "../net/sockets.ts";
import type { CriticalityPolicy } from "../policy/criticality/index.ts";
import { WaitQueue } from "../sched/wait-queue.ts";
import type { BackingStore } from "./backing-store.ts";
import type { BioPool } from "./bio-pool.ts";
import type { BlockQueue } from "./queue.ts";
import type { Request } from "./request.ts";

export interface NbdParts {
  readonly memory: Memory;
  readonly net: Sockets;
  readonly queue: BlockQueue;
  readonly bios: BioPool;
  readonly criticality: CriticalityPolicy;
  readonly server: string;
  readonly port: number;
  readonly exportName: string;
  readonly store: BackingStore;
  /** What the names of its programs begin with. */
  readonly prefix: string;
}

export class NbdDevice {
  readonly parts: NbdParts;
  /** The connection; -1 before it is made and after it died. */
  sock = -1;
  /** Waiters for the right to send. */
  readonly txWait: WaitQueue;
  /** Senders that found no memory at all (sk_stream_wait_memory). */
  readonly streamWait: WaitQueue;
  /** Task that is sending; -1 when nobody is. */
  txOwner = -1;
  /** Requests answered with an error since boot. */
  errors = 0;

  constructor(parts: NbdParts) {
    this.parts = parts;
    const { sched } = parts.memory.parts;
    this.txWait = new WaitQueue(sched, "tx-lock");
    this.streamWait = new WaitQueue(sched, "stream-memory");
  }

  get isConnected(): boolean {
    return this.sock >= 0;
  }

  releaseTx(taskId: number): void {
    assert(this.txOwner === taskId, "who holds the lock gives it back");
    this.txOwner = -1;
    this.txWait.wakeOne();
  }

  /** The bytes of one page of a write, as they are at this moment. */
  pageBytes(pfn: number): Uint8Array {
    const { frames } = this.parts.memory.parts;
    return bytesOf(frames.mapping[pfn] ?? -1, frames.index[pfn] ?? -1, frames.stamp[pfn] ?? 0);
  }

  /** A request is answered, or will never be. Its pages, bios and tag are free again. */
  complete(request: Request, failed: boolean): void {
    const { queue, bios, store } = this.parts;
    if (failed) this.errors++;
    for (const pfn of request.pfns) {
      if (request.op === "write") store.endWrite(pfn, failed);
      else this.#endRead(pfn, failed);
    }
    for (const bio of request.bios) bios.free(bio);
    queue.finish(request);
    store.noteDone(request.op, request.tag, request.pfns.length);
  }

  #endRead(pfn: number, failed: boolean): void {
    const { memory } = this.parts;
    assert(!has(memory, pfn, PG_MAPPED), "a page is mapped when it has been read");
    set(memory, pfn, failed ? PG_ERROR : PG_UPTODATE);
    unlockPage(memory, pfn);
  }

  save(): NbdDeviceState {
    return {
      sock: this.sock,
      txOwner: this.txOwner,
      errors: this.errors,
      txWait: this.txWait.save(),
      streamWait: this.streamWait.save(),
    };
  }

  load(state: NbdDeviceState): void {
    this.sock = state.sock;
    this.txOwner = state.txOwner;
    this.errors = state.errors;
    this.txWait.load(state.txWait);
    this.streamWait.load(state.streamWait);
  }
}

export interface NbdDeviceState {
  readonly sock: number;
  readonly txOwner: number;
  readonly errors: number;
  readonly txWait: readonly number[];
  readonly streamWait: readonly number[];
}
