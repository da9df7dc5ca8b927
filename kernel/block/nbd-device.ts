// A network block device: one connection to an NBD server, and what its driver's threads share. Linux: drivers/block/nbd.c.
//
// The connection is made and haggled over by a user program (nbd-client) and then belongs to the driver. Sending is one
// task at a time, under a lock held over every wait for memory or room. Whose rights a sender and a receiver have is the
// criticality policy's; whether they have a thread of their own is the era's.
//
// A request that is not answered in time (NBD_SET_TIMEOUT; never by default) costs the connection. A connection that is lost
// and that nobody makes again fails everything in flight and all that follows: EIO to a write keeps its page, to a read it
// kills the reader. If somebody does (nbd_reconnect_socket()), what was in flight is sent again on the new one.
//
// Not modelled: several connections, disconnect requests, the log line after 30 s; what was in flight is queued again at
// once and not when its own time is up (nbd_xmit_timeout()).

import { assert } from "#base/assert.ts";
import { bytesOf } from "../mm/content.ts";
import type { Memory } from "../mm/memory.ts";
import { PG_ERROR, PG_MAPPED, PG_UPTODATE } from "../mm/page-frames.ts";
import { has, set, unlockPage } from "../mm/page-life.ts";
import type { Sockets } from "../net/sockets.ts";
import type { CriticalityPolicy } from "../policy/criticality/index.ts";
import { TIMER } from "../sched/timers.ts";
import { WaitQueue } from "../sched/wait-queue.ts";
import type { ReconnectSpec } from "../spec.ts";
import type { BackingStore } from "./backing-store.ts";
import type { BioPool } from "./bio-pool.ts";
import type { BlockQueue } from "./queue.ts";
import type { Request } from "./request.ts";

/** Whose export the device is. */
export interface NbdTarget {
  readonly server: string;
  readonly exportName: string;
}

export interface NbdParts {
  readonly memory: Memory;
  readonly net: Sockets;
  readonly queue: BlockQueue;
  readonly bios: BioPool;
  readonly criticality: CriticalityPolicy;
  readonly target: NbdTarget;
  readonly port: number;
  readonly store: BackingStore;
  /** NBD_SET_TIMEOUT in ns; null: wait for ever. */
  readonly timeoutNs: number | null;
  readonly reconnect: ReconnectSpec | null;
  /** Whom the driver connects to instead of the server: the machine itself, where a relay listens; null: nobody. */
  readonly relayHost: string | null;
  /** Number of the disk: what its timers carry. */
  readonly number: number;
  /** What the names of its programs begin with. */
  readonly prefix: string;
}

export class NbdDevice {
  readonly parts: NbdParts;
  /** Where it connects to from now on. */
  target: NbdTarget;
  /** The connection; -1 before it is made and after it was lost. */
  sock = -1;
  /** A connection that is being made and is not the driver's yet; -1 when none is. */
  dialling = -1;
  /** Waiters for the right to send. */
  readonly txWait: WaitQueue;
  /** Senders that found no memory at all (sk_stream_wait_memory). */
  readonly streamWait: WaitQueue;
  /** Task that is sending; -1 when nobody is. */
  txOwner = -1;
  /** The connection was lost for good: nothing will be answered any more. */
  isDead = false;
  /** Connections lost, and connections made again. */
  losses = 0;
  reconnects = 0;
  /** Times it went over to another server. */
  switches = 0;
  /** Whoever makes a lost connection again, while there is nothing to do (NBD_CMD_LINK_DEAD). */
  readonly lossWait: WaitQueue;
  /** Requests answered with an error since boot. */
  errors = 0;

  constructor(parts: NbdParts) {
    this.parts = parts;
    this.target = parts.target;
    const { sched } = parts.memory.parts;
    this.txWait = new WaitQueue(sched, "tx-lock");
    this.streamWait = new WaitQueue(sched, "stream-memory");
    this.lossWait = new WaitQueue(sched, "work");
    const { timers } = parts.memory.parts;
    const { timeoutNs, number } = parts;
    if (timeoutNs === null) return;
    parts.queue.onStart = ({ serial }) =>
      timers.set(timers.nowNs + timeoutNs, TIMER.nbdTimeout, number, serial);
  }

  /** The time of a request is up (nbd_xmit_timeout()): a server that is slow is treated as one that is dead. */
  timeOut(serial: number): void {
    if (serial < 0) {
      if (serial === -this.losses && !this.isConnected) this.die();
      return;
    }
    const isOpen = this.parts.queue
      .all()
      .some((request) => request.serial === serial && isStarted(request));
    if (isOpen) this.lose();
  }

  /** The connection is lost: whoever could make it again is told, and what was in flight waits for that. */
  lose(): void {
    if (this.isDead || !this.isConnected) return;
    const { reconnect, queue, memory, number } = this.parts;
    if (reconnect === null) {
      this.die();
      return;
    }
    this.losses++;
    memory.parts.trace.event("nbd.lost", memory.nowNs, this.losses);
    for (const request of queue.all().filter(isStarted)) queue.requeue(request);
    this.#letGo();
    const { deadConnTimeoutNs } = reconnect;
    if (deadConnTimeoutNs !== null)
      memory.parts.timers.set(
        memory.nowNs + deadConnTimeoutNs,
        TIMER.nbdTimeout,
        number,
        -this.losses,
      );
    this.lossWait.wakeAll();
  }

  /**
   * Go over to another server, as a fail-over has it: what was in flight and all that follows is asked of that one, by way of
   * whoever makes a lost connection again. Whether the pages are there is the servers' affair.
   */
  switchTo(target: NbdTarget): void {
    if (this.isDead || this.target.server === target.server) return;
    const { memory, net } = this.parts;
    this.target = target;
    this.switches++;
    memory.parts.trace.event("nbd.switch", memory.nowNs, this.switches);
    this.lose();
    // Whoever is about to connect to the old one is told.
    for (const waiters of [net.connecting, net.readable, net.writable])
      waiters.wakeAllOn(this.dialling);
  }

  /** It is lost for good: what was in flight has failed, and so has all that waits to be sent. */
  die(): void {
    if (this.isDead) return;
    const { queue } = this.parts;
    this.isDead = true;
    this.#letGo();
    for (const request of queue.all()) if (isStarted(request)) this.complete(request, true);
    queue.workWait.wakeAll();
  }

  /** The socket that the driver has from now on. Linux: nbd_add_socket(), nbd_reconnect_socket(). */
  adopt(sock: number): void {
    const { queue, memory } = this.parts;
    this.sock = sock;
    if (this.losses > 0) {
      this.reconnects++;
      memory.parts.trace.event("nbd.again", memory.nowNs, this.reconnects);
    }
    queue.workWait.wakeAll();
    this.txWait.wakeAll();
  }

  #letGo(): void {
    const { net } = this.parts;
    const { sock } = this;
    this.sock = -1;
    net.close(sock, "reset");
    this.txWait.wakeAll();
    this.streamWait.wakeAll();
    for (const waiters of [net.readable, net.writable]) waiters.wakeAllOn(sock);
  }

  get isConnected(): boolean {
    return this.sock >= 0;
  }

  /** Whether a request can be sent now, or refused at once. */
  get takesRequests(): boolean {
    return this.isConnected || this.isDead;
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
      isDead: this.isDead,
      errors: this.errors,
      losses: this.losses,
      reconnects: this.reconnects,
      switches: this.switches,
      target: this.target,
      dialling: this.dialling,
      lossWait: this.lossWait.save(),
      txWait: this.txWait.save(),
      streamWait: this.streamWait.save(),
    };
  }

  load(state: NbdDeviceState): void {
    this.sock = state.sock;
    this.txOwner = state.txOwner;
    this.isDead = state.isDead;
    this.errors = state.errors;
    this.losses = state.losses;
    this.reconnects = state.reconnects;
    this.switches = state.switches;
    this.target = state.target;
    this.dialling = state.dialling;
    this.lossWait.load(state.lossWait);
    this.txWait.load(state.txWait);
    this.streamWait.load(state.streamWait);
  }
}

const isStarted = ({ state }: Request): boolean => state === "sending" || state === "sent";

export interface NbdDeviceState {
  readonly sock: number;
  readonly txOwner: number;
  readonly isDead: boolean;
  readonly errors: number;
  readonly losses: number;
  readonly reconnects: number;
  readonly switches: number;
  readonly target: NbdTarget;
  readonly dialling: number;
  readonly lossWait: readonly number[];
  readonly txWait: readonly number[];
  readonly streamWait: readonly number[];
}
