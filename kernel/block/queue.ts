// The request queue of one block device: tags, merging, quota, and who waits for which. Linux: block/blk-mq.c, and
// block/ll_rw_blk.c of 2.6.12.
//
// A page joins the last request if it is its neighbour, else it needs the writeback quota and then a tag. Requests of one
// batch of reclaim are held back together (plugged) so that they can grow; a task that goes to sleep lets go of its own.
//
// Not modelled: I/O schedulers other than first in, first out with back merges; front merges; several hardware queues.

import { assert } from "#base/assert.ts";
import { asPfn } from "#base/units.ts";
import type { Era } from "../era.ts";
import type { Memory } from "../mm/memory.ts";
import type { Task } from "../sched/task.ts";
import { TIMER } from "../sched/timers.ts";
import { WaitQueue } from "../sched/wait-queue.ts";
import type { Request } from "./request.ts";
import { WINDOW_NS, WritebackThrottle } from "./wbt.ts";

/** Pages of one request at most: 127 KiB up to 3.x (BLK_DEF_MAX_SECTORS 255, 1024), 1280 KiB in 6.1 (2560 sectors). */
const pagesMax: Readonly<Record<Era, number>> = { "2.6.12": 31, "3.x": 128, "6.1": 320 };

/** What one page brings into a request. */
export interface RequestPlace {
  readonly pfn: number;
  /** null: it takes none. */
  readonly bio: number | null;
  /** Frames a layer on top holds for it. */
  readonly stacked: readonly number[];
}

export interface BlockQueueSpec {
  /** Which of the machine's queues it is; its timers carry the number. */
  readonly number: number;
  readonly depth: number;
  readonly wbt: boolean;
}

export class BlockQueue {
  readonly depth: number;
  readonly #memory: Memory;
  readonly #requests: (Request | null)[];
  #freeTags: number[];
  /** Tags the driver may send, oldest first. */
  #pending: number[] = [];
  /** Last request built for each direction: the one a neighbour may join. */
  #last: { read: number; write: number } = { read: -1, write: -1 };
  readonly #wbt: WritebackThrottle | null;
  readonly tagWait: WaitQueue;
  readonly wbtWait: WaitQueue;
  /** Threads of the driver that wait for something to send. */
  readonly workWait: WaitQueue;
  #congested = false;
  #nextSerial = 0;
  /** Called when the driver takes a request: its time begins. */
  onStart: (request: Request) => void = () => {};

  readonly #number: number;

  constructor(memory: Memory, spec: BlockQueueSpec) {
    const { sched, era } = memory.parts;
    this.#number = spec.number;
    this.#memory = memory;
    this.depth = spec.depth;
    this.#requests = new Array<Request | null>(spec.depth).fill(null);
    this.#freeTags = Array.from({ length: spec.depth }, (_, i) => spec.depth - 1 - i);
    this.#wbt = spec.wbt && era === "6.1" ? new WritebackThrottle(spec.depth) : null;
    this.tagWait = new WaitQueue(sched, "tag");
    this.wbtWait = new WaitQueue(sched, "wbt");
    this.workWait = new WaitQueue(sched, "work");
  }

  get isCongested(): boolean {
    return this.#congested;
  }

  /** Age of the oldest request that was sent and not answered, in ns; 0 when there is none. */
  oldestNs(nowNs: number): number {
    return this.all().reduce(
      (oldest, { state, sentNs }) =>
        state === "sent" || state === "sending" ? Math.max(oldest, nowNs - sentNs) : oldest,
      0,
    );
  }

  /** Requests that have a tag. */
  get inFlight(): number {
    return this.depth - this.#freeTags.length;
  }

  get wbtInFlight(): number {
    return this.#wbt?.inFlight ?? 0;
  }

  request(tag: number): Request {
    const request = this.#requests[tag];
    assert(request !== undefined && request !== null, "a tag in use has a request");
    return request;
  }

  /** The request with this tag; null when an answer names one that is not in flight. */
  find(tag: number): Request | null {
    return this.#requests[tag] ?? null;
  }

  all(): readonly Request[] {
    return this.#requests.filter((request) => request !== null);
  }

  /** Add a page to a request that ends just before it; false when there is none. */
  merge(op: "read" | "write", slot: number, place: RequestPlace, taskId: number): boolean {
    const tag = this.#last[op];
    const request = tag < 0 ? null : this.#requests[tag];
    if (request === null || request === undefined || request.op !== op) return false;
    const isOpen =
      request.state === "queued" || (request.state === "plugged" && request.pluggedBy === taskId);
    if (!isOpen || request.firstSlot + request.pfns.length !== slot) return false;
    if (request.pfns.length >= pagesMax[this.#memory.parts.era]) return false;
    request.pfns.push(place.pfn);
    if (place.bio !== null) request.bios.push(place.bio);
    request.stacked.push(...place.stacked);
    return true;
  }

  /** What a new request of this task lacks: quota, a tag, or nothing. */
  lack(op: "read" | "write", task: Task): "wbt" | "tag" | null {
    if (op === "write" && this.#wbt?.isFull(task, this.#memory.nowNs) === true) return "wbt";
    return this.#freeTags.length === 0 ? "tag" : null;
  }

  /** A new request of one page, held back by `task`. */
  start(op: "read" | "write", slot: number, place: RequestPlace, task: Task): void {
    const tag = this.#freeTags.pop();
    assert(tag !== undefined, "a request starts with a tag");
    const isThrottled = op === "write" && this.#wbt !== null;
    this.#requests[tag] = {
      tag,
      serial: this.#nextSerial++,
      op,
      firstSlot: slot,
      pfns: [place.pfn],
      bios: place.bio === null ? [] : [place.bio],
      stacked: [...place.stacked],
      isThrottled,
      state: "plugged",
      pluggedBy: task.id,
      sentNs: 0,
    };
    this.#last[op] = tag;
    if (isThrottled && this.#wbt !== null) this.#wbt.inFlight++;
    if (op === "read") this.#wbt?.noteRead(this.#memory.nowNs);
    this.#judgeCongestion();
  }

  /** Let the driver have what `task` held back; whether there was anything. */
  unplug(task: Task): boolean {
    let some = false;
    for (const request of this.#requests) {
      if (request?.state !== "plugged" || request.pluggedBy !== task.id) continue;
      request.state = "queued";
      request.pluggedBy = -1;
      this.#pending.push(request.tag);
      some = true;
    }
    return some;
  }

  hasPending(): boolean {
    return this.#pending.length > 0;
  }

  /** The oldest request to send; null when there is none. It is the caller's from now on. */
  takePending(): Request | null {
    const tag = this.#pending.shift();
    if (tag === undefined) return null;
    const request = this.request(tag);
    request.state = "sending";
    request.sentNs = this.#memory.nowNs;
    this.onStart(request);
    if (request.isThrottled && this.#wbt?.armWindow() === true) this.#setWindow();
    return request;
  }

  /** Put a request back that a lost connection did not answer: whoever was sending it has nothing to send any more. */
  requeue(request: Request): void {
    request.state = "queued";
    request.serial = this.#nextSerial++;
    this.#pending.push(request.tag);
  }

  /** The request is answered: its tag and its share of the quota are free. */
  finish(request: Request): void {
    this.#requests[request.tag] = null;
    for (const pfn of request.stacked) this.#memory.parts.pages.free(asPfn(pfn));
    if (this.#last[request.op] === request.tag) this.#last[request.op] = -1;
    this.#freeTags.push(request.tag);
    if (request.isThrottled && this.#wbt !== null) {
      this.#wbt.inFlight--;
      this.wbtWait.wakeOne();
    }
    if (request.op === "read")
      this.#wbt?.noteRead(this.#memory.nowNs, this.#memory.nowNs - request.sentNs);
    this.tagWait.wakeOne();
    this.#judgeCongestion();
    if (request.op === "write") this.#memory.writeEnded(request.pfns.length);
  }

  save(): BlockQueueState {
    return {
      requests: this.#requests.map((request) => (request === null ? null : copyOf(request))),
      freeTags: [...this.#freeTags],
      pending: [...this.#pending],
      last: { ...this.#last },
      wbt: this.#wbt?.save() ?? null,
      waits: [this.tagWait.save(), this.wbtWait.save(), this.workWait.save()],
      congested: this.#congested,
      nextSerial: this.#nextSerial,
    };
  }

  load(state: BlockQueueState): void {
    state.requests.forEach((request, tag) => {
      this.#requests[tag] = request === null ? null : copyOf(request);
    });
    this.#freeTags = [...state.freeTags];
    this.#pending = [...state.pending];
    this.#last = { ...state.last };
    if (state.wbt !== null) this.#wbt?.load(state.wbt);
    [this.tagWait, this.wbtWait, this.workWait].forEach((queue, i) => {
      queue.load(state.waits[i] ?? []);
    });
    this.#congested = state.congested;
    this.#nextSerial = state.nextSerial;
  }

  /** queue_congestion_on_threshold(): congested at 7/8 of the requests, no longer so at 13/16. */
  #judgeCongestion(): void {
    if (this.inFlight >= this.depth - Math.floor(this.depth / 8) + 1) this.#congested = true;
    else if (
      this.#congested &&
      this.inFlight < this.depth - Math.floor(this.depth / 8) - Math.floor(this.depth / 16)
    ) {
      this.#congested = false;
    }
  }

  #setWindow(): void {
    this.#memory.parts.timers.set(this.#memory.nowNs + WINDOW_NS, TIMER.wbtWindow, this.#number);
  }

  /** The window of the writeback throttle is over. */
  endWindow(): void {
    const before = this.#wbt?.depth ?? 0;
    if (this.#wbt?.endWindow() === true) this.#setWindow();
    if ((this.#wbt?.depth ?? 0) > before) this.wbtWait.wakeAll();
  }
}

const copyOf = (request: Request): Request => ({
  ...request,
  pfns: [...request.pfns],
  bios: [...request.bios],
  stacked: [...request.stacked],
});

export interface BlockQueueState {
  readonly requests: readonly (Request | null)[];
  readonly freeTags: readonly number[];
  readonly pending: readonly number[];
  readonly last: { readonly read: number; readonly write: number };
  readonly wbt: ReturnType<WritebackThrottle["save"]> | null;
  readonly waits: readonly (readonly number[])[];
  readonly congested: boolean;
  readonly nextSerial: number;
}
