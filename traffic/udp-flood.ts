// A flood of datagrams, in one worker. Each begins with a number, as those of the emulated client do, and whoever answers sends
// it back; open load does not wait for it, closed load waits a second for it.

import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Histogram } from "hdr-histogram-js";
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

const NUMBER_BYTES = 4;
const TICK_MS = 1;
/** Datagrams handed to the host and not taken: what is due beyond that is lost here, and counted. */
const PENDING_MAX = 4096;
/** How long an answer is waited for: the first time-out of a resolver or an RPC over UDP. */
const PATIENCE_NS = 1_000_000_000;
const GRACE_MS = 200;

interface Flow {
  readonly socket: Socket;
  /** Number of the datagram whose answer closed load waits for; -1: none. */
  waitsFor: number;
}

export class UdpFlood implements WorkerFlood {
  readonly #share: FloodShare;
  readonly #pace: Pace;
  readonly #latency: Histogram = newLatency();
  readonly counts: Counts = noCounts();
  #flows: Flow[] = [];
  /** By number: for when it was meant. In the order of sending. */
  readonly #outstanding = new Map<number, number>();
  #number = 0;
  #next = 0;
  #pending = 0;
  #due = 0;
  #startNs = 0;
  #isSending = false;

  constructor(share: FloodShare) {
    this.#share = share;
    this.#pace = new Pace(share);
  }

  async run(stopped: Promise<void>): Promise<WorkerTally> {
    this.#flows = await Promise.all(
      Array.from({ length: this.#share.connections }, () => this.#open()),
    );
    this.#startNs = now();
    this.#isSending = true;
    for (const flow of this.#flows)
      if (this.#share.model === "closed") this.#send(flow, this.#nowNs());
    const tick = setInterval(() => this.#tick(this.#nowNs()), TICK_MS);
    const isWhole = await Promise.race([
      stopped.then(() => false),
      sleep(this.#share.forMs).then(() => true),
    ]);
    clearInterval(tick);
    // Timers may come a little early: what is due until the very end is due.
    this.#tick(isWhole ? Number.POSITIVE_INFINITY : this.#nowNs());
    this.#isSending = false;
    const activeMs = this.#nowNs() / 1_000_000;
    await sleep(GRACE_MS);
    this.#forget(Number.POSITIVE_INFINITY);
    await Promise.all(this.#flows.map(({ socket }) => closed(socket)));
    const unanswered = this.counts.sent - this.counts.answered;
    return {
      counts: this.counts,
      unanswered,
      due: this.#due,
      latency: packed(this.#latency),
      activeMs,
    };
  }

  async #open(): Promise<Flow> {
    const { host, port } = this.#share.target;
    const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
    const flow: Flow = { socket, waitsFor: -1 };
    socket.on("message", (bytes) => this.#onAnswer(flow, bytes));
    // ICMP says that nobody listens; it is one failure, and the flow goes on.
    socket.on("error", () => {
      this.counts.failed++;
    });
    socket.connect(port, host);
    await once(socket, "connect");
    this.counts.connected++;
    return flow;
  }

  #tick(untilNs: number): void {
    const nowNs = this.#nowNs();
    this.#forget(nowNs - PATIENCE_NS);
    if (this.#share.model === "closed") {
      for (const flow of this.#flows)
        if (flow.waitsFor >= 0 && !this.#outstanding.has(flow.waitsFor)) this.#send(flow, nowNs);
      return;
    }
    for (const dueNs of this.#pace.take(untilNs)) {
      const flow = this.#flows[this.#next];
      this.#next = (this.#next + 1) % this.#flows.length;
      if (flow !== undefined) this.#send(flow, dueNs);
    }
  }

  #send(flow: Flow, dueNs: number): void {
    if (!this.#isSending) return;
    this.#due++;
    if (this.#pending >= PENDING_MAX) {
      this.counts.failed++;
      return;
    }
    const number = this.#number++ >>> 0;
    const bytes = Buffer.alloc(Math.max(this.#share.payloadBytes, NUMBER_BYTES));
    bytes.writeUInt32BE(number);
    flow.waitsFor = number;
    this.#outstanding.set(number, dueNs);
    this.#pending++;
    flow.socket.send(bytes, (error) => {
      this.#pending--;
      if (error !== null) {
        this.counts.failed++;
        return;
      }
      this.counts.sent++;
      this.counts.sentBytes += bytes.length;
    });
  }

  #onAnswer(flow: Flow, bytes: Buffer): void {
    if (bytes.length < NUMBER_BYTES) return;
    const number = bytes.readUInt32BE();
    const dueNs = this.#outstanding.get(number);
    if (dueNs === undefined) return;
    this.#outstanding.delete(number);
    this.counts.answered++;
    addLatency(this.#latency, this.#nowNs() - dueNs);
    if (this.#share.model === "closed" && flow.waitsFor === number) this.#send(flow, this.#nowNs());
  }

  /** What was meant before that instant is not waited for any longer. */
  #forget(beforeNs: number): void {
    for (const [number, dueNs] of this.#outstanding) {
      if (dueNs >= beforeNs) return;
      this.#outstanding.delete(number);
    }
  }

  #nowNs(): number {
    return now() - this.#startNs;
  }
}

const now = (): number => Math.floor(performance.now() * 1_000_000);

async function closed(socket: Socket): Promise<void> {
  socket.close();
  await once(socket, "close");
}
