// Every write to a swap device of a run, from the first page that was handed to the block layer to the end of writeback: when
// it waited, when it was on its socket, when it was answered. What is never answered stays open, which is what a wedge is.

import type { Machine, TraceEvent } from "#kernel/index.ts";
import { TraceTap } from "./trace-tap.ts";

/** One request of the block layer; instants in ns of the run, null when it did not come to that. */
export interface PageOut {
  readonly machine: string;
  readonly server: string;
  readonly firstSlot: number;
  readonly pages: number;
  /** The first page was handed to the block layer: swap_writepage(). */
  readonly submittedNs: number;
  /** The first byte went to the socket, when it was sent last. */
  readonly sendingNs: number | null;
  /** All of it is with the socket. */
  readonly sentNs: number | null;
  readonly repliedNs: number | null;
  /** Its pages are clean: end_page_writeback(). */
  readonly doneNs: number | null;
  /** Of the answer; 0 is success, and what there is without one. */
  readonly errno: number;
  /** More than 1: the connection was lost, and it was sent again. 0: it never was sent. */
  readonly sendings: number;
}

type Open = { -readonly [K in keyof PageOut]: PageOut[K] };

export class PageOuts {
  readonly #watched = new Map<Machine, Watched>();

  /** `look` has to be called after each event of a run that has just begun. */
  constructor(machines: readonly Machine[]) {
    for (const machine of machines) this.#watched.set(machine, new Watched(machine));
  }

  readonly look = (machine: Machine): void => this.#watched.get(machine)?.tap.drain();

  /** In the order in which they were handed over, with those that wait to be sent, now. */
  all(): readonly PageOut[] {
    const each = [...this.#watched.values()].flatMap((watched) => watched.all());
    return each.sort((a, b) => a.submittedNs - b.submittedNs);
  }

  /** May be called twice. */
  close(): void {
    for (const { tap } of this.#watched.values()) tap.close();
  }
}

class Watched {
  readonly tap: TraceTap;
  readonly #machine: Machine;
  readonly #sent: Open[] = [];
  /** When each slot was handed over that no request has been sent of. */
  readonly #submittedNs = new Map<number, number>();
  readonly #openByTag = new Map<number, Open>();

  constructor(machine: Machine) {
    this.#machine = machine;
    this.tap = new TraceTap(machine.trace, (events) => {
      for (const event of events) this.#hear(event);
    });
  }

  all(): readonly PageOut[] {
    const requests = this.#machine.storage.swap?.queue.all() ?? [];
    const waiting = requests.filter(({ op, tag }) => op === "write" && !this.#openByTag.has(tag));
    return [...this.#sent, ...waiting.map(({ tag }) => this.#open(tag)).filter(isThere)];
  }

  #hear({ name, atNs, a, b }: TraceEvent): void {
    const open = this.#openByTag.get(a);
    if (name === "swap.out") this.#submittedNs.set(b, atNs);
    else if (name === "nbd.send") this.#send(a, atNs);
    else if (name === "power.change") this.#forget();
    else if (open !== undefined && name === "nbd.reply") {
      open.repliedNs = atNs;
      open.errno = b;
    } else if (open !== undefined && name === "swap.outDone") {
      open.doneNs = atNs;
      this.#openByTag.delete(a);
    }
  }

  #send(tag: number, atNs: number): void {
    const known = this.#openByTag.get(tag);
    const open = known ?? this.#open(tag);
    if (open === null) return;
    open.sendings++;
    open.sendingNs = this.#machine.storage.swap?.queue.find(tag)?.sentNs ?? atNs;
    open.sentNs = atNs;
    if (known !== undefined) return;
    this.#sent.push(open);
    this.#openByTag.set(tag, open);
    for (let i = 0; i < open.pages; i++) this.#submittedNs.delete(open.firstSlot + i);
  }

  /** What its block layer has under this tag; null for a read. */
  #open(tag: number): Open | null {
    const { swap } = this.#machine.storage;
    const request = swap?.queue.find(tag) ?? null;
    if (swap === null || request === null || request.op !== "write") return null;
    const { firstSlot, pfns } = request;
    const handedNs = pfns.map((_, i) => this.#submittedNs.get(firstSlot + i) ?? Infinity);
    return {
      ...{ machine: this.#machine.spec.name, server: swap.device.target.server, firstSlot },
      ...{ pages: pfns.length, submittedNs: Math.min(...handedNs) },
      ...{ sendingNs: null, sentNs: null, repliedNs: null, doneNs: null, errno: 0, sendings: 0 },
    };
  }

  /** Its memory is gone, and its tags begin anew. */
  #forget(): void {
    this.#openByTag.clear();
    this.#submittedNs.clear();
  }
}

const isThere = (open: Open | null): open is Open => open !== null;
