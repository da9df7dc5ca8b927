// A flood of HTTP/1.1 over real sockets, in one worker: which connection gets which request, and when.
//
// Open load: requests wait in one queue, oldest first, for a connection with room, and keep the instant for which they were
// meant. Closed load: each connection sends as soon as it has its answer. A connection that breaks is made again a second later.

import type { Histogram } from "hdr-histogram-js";
import { HttpConnection } from "./http-connection.ts";
import { Messages } from "./messages.ts";
import { Pace } from "./pace.ts";
import type { FloodShare } from "./plan.ts";
import {
  addLatency,
  type Counts,
  newLatency,
  noCounts,
  packed,
  type WorkerTally,
} from "./tally.ts";
import type { WorkerFlood } from "./worker-flood.ts";

/** How often what has come due is looked at: the finest that a host's timers have. */
const TICK_MS = 1;
/** Connections that are being made at once: fewer than a listener's backlog holds (net.core.somaxconn was 128 for long). */
const CONNECTING_MAX = 100;
const RECONNECT_MS = 1000;
/** Writes on one connection before the host's other events have their turn. */
const WRITES_MAX = 64;
/** How long the first connections may take to be made before the load starts without the rest. */
const OPENING_MS = 5000;
/** How long answers are waited for when the load is over. */
const GRACE_MS = 1000;

export class HttpFlood implements WorkerFlood {
  readonly #share: FloodShare;
  readonly #messages: Messages;
  readonly #pace: Pace;
  readonly #latency: Histogram = newLatency();
  readonly counts: Counts = noCounts();
  #connections: HttpConnection[] = [];
  readonly #retries = new Set<NodeJS.Timeout>();
  /** Instants of requests that wait for a connection, oldest first, from `#queueAt` on. */
  #queue: number[] = [];
  #queueAt = 0;
  #next = 0;
  #unmade: number;
  #connecting = 0;
  #settled = 0;
  #made = 0;
  #startNs = -1;
  #lastNs = 0;
  #due = 0;
  #isSending = false;
  #wake: () => void = () => undefined;

  constructor(share: FloodShare) {
    this.#share = share;
    this.#messages = new Messages(share);
    this.#pace = new Pace(share);
    this.#unmade = share.connections;
  }

  async run(stopped: Promise<void>): Promise<WorkerTally> {
    let isStopped = false;
    void stopped.then(() => {
      isStopped = true;
      this.#wake();
    });
    const until = (isDone: () => boolean, ms: number): Promise<void> =>
      this.#until(() => isStopped || isDone(), ms);
    this.#makeMore();
    await until(() => this.#settled >= this.#share.connections, OPENING_MS);
    this.#startNs = now();
    this.#isSending = !isStopped;
    for (const connection of this.#connections) this.#onReady(connection);
    const tick = setInterval(() => this.#tick(this.#nowNs()), TICK_MS);
    await until(() => false, this.#share.forMs);
    clearInterval(tick);
    // Timers may come a little early: what is due until the very end is due.
    this.#tick(isStopped ? this.#nowNs() : Number.POSITIVE_INFINITY);
    this.#isSending = false;
    const activeMs = (Math.max(this.#lastNs, now()) - this.#startNs) / 1_000_000;
    if (this.#share.shape !== "stream") await until(() => this.#isQuiet(), GRACE_MS);
    const unanswered = this.#countUnanswered();
    await this.#end();
    return {
      counts: this.counts,
      unanswered,
      due: this.#due,
      latency: packed(this.#latency),
      activeMs,
    };
  }

  /** Until something holds, looked at whenever something happened; no longer than so many ms. */
  #until(isDone: () => boolean, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#wake = () => undefined;
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#wake = () => {
        if (isDone()) done();
      };
      this.#wake();
    });
  }

  #makeMore(): void {
    while (this.#unmade > 0 && this.#connecting < CONNECTING_MAX) {
      this.#unmade--;
      this.#make();
    }
  }

  #make(): void {
    this.#connecting++;
    const isSlow = this.#made++ < this.#share.slowReaders;
    let isNew = true;
    const settle = (): void => {
      if (!isNew) return;
      isNew = false;
      this.#connecting--;
      this.#settled++;
      this.#makeMore();
      this.#wake();
    };
    const connection: HttpConnection = new HttpConnection(this.#share, this.#messages, {
      isSlow,
      events: {
        onReady: (ready) => {
          if (isNew) this.counts.connected++;
          settle();
          this.#onReady(ready);
        },
        onAnswer: (dueNs, isSuccess, from) => this.#onAnswer(dueNs, isSuccess, from),
        onLost: (lost, _wasOpen, from) => {
          settle();
          this.#onLost(lost, from);
        },
      },
    });
    this.#connections.push(connection);
  }

  #onReady(connection: HttpConnection): void {
    if (!this.#isSending) return;
    if (this.#share.model === "closed") {
      if (connection.room > 0) this.#sendOn(connection, [this.#nowNs()]);
    } else if (this.#share.ratePerSec === null) {
      // A host that takes everything at once says `drain` before any timer: without a turn between, no flood would end.
      setImmediate(() => this.#fill(connection));
    } else this.#serve(connection);
  }

  /** As many as the connection takes, but no more writes than others can wait for: a fast receiver never fills a socket. */
  #fill(connection: HttpConnection): void {
    for (let writes = 0; writes < WRITES_MAX && connection.room > 0 && this.#isSending; writes++) {
      const count = Math.min(connection.room, this.#messages.countMax);
      this.#due += count;
      this.#sendOn(connection, new Array<number>(count).fill(this.#nowNs()));
    }
    if (connection.room > 0 && this.#isSending) setImmediate(() => this.#fill(connection));
  }

  #tick(untilNs: number): void {
    if (this.#share.model === "closed" || this.#share.ratePerSec === null) return;
    const due = this.#pace.take(untilNs);
    this.#due += due.length;
    for (const each of due) this.#queue.push(each);
    const { length } = this.#connections;
    for (let i = 0; i < length && this.#queueLength > 0; i++) {
      const connection = this.#connections[this.#next % length];
      this.#next = (this.#next + 1) % length;
      // An even share of what is due, so that no connection gets all of a tick.
      if (connection !== undefined)
        this.#serve(connection, Math.ceil(this.#queueLength / (length - i)));
    }
  }

  get #queueLength(): number {
    return this.#queue.length - this.#queueAt;
  }

  #serve(connection: HttpConnection, most = this.#messages.countMax): void {
    const count = Math.min(connection.room, most, this.#queueLength);
    if (count <= 0) return;
    this.#sendOn(connection, this.#queue.slice(this.#queueAt, this.#queueAt + count));
    this.#queueAt += count;
    if (this.#queueAt * 2 < this.#queue.length) return;
    this.#queue = this.#queue.slice(this.#queueAt);
    this.#queueAt = 0;
  }

  #sendOn(connection: HttpConnection, dueNs: readonly number[]): void {
    this.counts.sentBytes += connection.send(dueNs);
    this.counts.sent += dueNs.length;
    if (this.#share.model === "closed") this.#due += dueNs.length;
    this.#lastNs = now();
    // A stream is never answered: what can be known is when the host took the bytes.
    if (this.#share.shape === "stream" && this.#share.ratePerSec !== null)
      for (const each of dueNs) addLatency(this.#latency, this.#nowNs() - each);
  }

  #onAnswer(dueNs: number, isSuccess: boolean, connection: HttpConnection): void {
    this.counts.answered++;
    if (!isSuccess) this.counts.failed++;
    addLatency(this.#latency, this.#nowNs() - dueNs);
    this.#onReady(connection);
    this.#wake();
  }

  #onLost(lost: readonly number[], connection: HttpConnection): void {
    this.counts.broken++;
    this.counts.failed += lost.length;
    this.#connections = this.#connections.filter((each) => each !== connection);
    const timer = setTimeout(() => {
      this.#retries.delete(timer);
      this.#make();
    }, RECONNECT_MS);
    this.#retries.add(timer);
    this.#wake();
  }

  #isQuiet(): boolean {
    return this.#connections.every(({ outstanding }) => outstanding.length === 0);
  }

  /** What waits still has waited at least so long: leaving it out would flatter the tail. */
  #countUnanswered(): number {
    const waiting = [
      ...this.#queue.slice(this.#queueAt),
      ...this.#connections.flatMap(({ outstanding }) => outstanding),
    ];
    for (const each of waiting) addLatency(this.#latency, this.#nowNs() - each);
    return waiting.length;
  }

  async #end(): Promise<void> {
    for (const timer of this.#retries) clearTimeout(timer);
    await Promise.all(this.#connections.map((connection) => connection.end()));
  }

  #nowNs(): number {
    return now() - this.#startNs;
  }
}

const now = (): number => Math.floor(performance.now() * 1_000_000);
