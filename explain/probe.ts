// What a machine could do now, found out on a copy of it: whether a page can be had with somebody's rights, whether a
// packet would get past the card. The machine itself is not touched.

import {
  type AllocFrame,
  BIO_GFP,
  type Gfp,
  type Machine,
  PAGE_KIND,
  PF_MEMALLOC,
  type ReceiveLack,
  type Task,
} from "#kernel/index.ts";
import { hasRunToBe } from "./runs.ts";

type Sock = ReturnType<Machine["net"]["socks"]>[number];

export class Probe {
  readonly #machine: Machine;
  #state: ReturnType<Machine["save"]> | null = null;
  #copy: Machine | null = null;
  /** What keeps every segment out, by the card. */
  readonly #everySegment = new Map<number, SegmentRefusal>();
  readonly #segments = new Map<number, SegmentRefusal | null>();
  #isBioThere: boolean | null = null;
  /** Answers, by who asked: many ask for the same. */
  readonly #pages = new Map<string, Refused | null>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** The rule that refuses a page to a request of this task; null: it would be served. */
  refusesPage(task: Task, gfp: Gfp): Refused | null {
    // What a task in reclaim may do is not what it may do when it asks again.
    return this.#refuses(task.flags & ~PF_MEMALLOC, gfp);
  }

  /** The same for a task that is PF_MEMALLOC all along. */
  refusesMemalloc(gfp: Gfp): Refused | null {
    return this.#refuses(PF_MEMALLOC, gfp);
  }

  /** The same for a new slab of bios: no wait, no reserve. */
  refusesBioPage(): Refused | null {
    return this.#refuses(0, BIO_GFP);
  }

  #refuses(flags: number, gfp: Gfp): Refused | null {
    const key = `${flags} ${gfp}`;
    const known = this.#pages.get(key);
    if (known !== undefined) return known;
    const copy = this.#ask();
    const { current } = copy.sched;
    current.inSoftirq = false;
    current.processFlags = flags;
    const pfn = copy.memory.parts.pages.alloc(0, gfp, PAGE_KIND.kernel);
    // A page that was given changes what the next request finds: the copy is used up.
    if (pfn !== null) this.#copy = null;
    const lackPages = copy.memory.parts.pages.lackPages(gfp);
    const refused = pfn === null ? { ...refusalOf(copy), lackPages } : null;
    this.#pages.set(key, refused);
    return refused;
  }

  /** What keeps a segment from the queue of a socket, and the rule behind it. */
  refusesSegment(sock: Sock): SegmentRefusal | null {
    const card = this.#machine.net.cards.indexOf(sock.wire.link.peer);
    const known = this.#everySegment.get(card) ?? this.#segments.get(sock.id);
    if (known !== undefined) return known;
    const copy = this.#ask();
    const own = copy.net.sockById(sock.id);
    const lack = own === null ? null : copy.net.could().receive(own);
    // A receive buffer that was refused was not taken; anything else was.
    if (lack !== "buffer") this.#copy = null;
    const refusal = lack === null ? null : { lack, refused: refusalOf(copy) };
    // Without memory for a packet of this card there is none for any, whatever socket it is for.
    if (lack === "quota" || refusal === null) this.#segments.set(sock.id, refusal);
    else this.#everySegment.set(card, refusal);
    return refusal;
  }

  /** Whether an unacknowledged segment could be sent again. */
  couldRetransmit(sock: Sock): boolean {
    const copy = this.#ask();
    const own = copy.net.sockById(sock.id);
    // What it takes for the moment of sending it gives back.
    return own !== null && copy.net.could().retransmit(own);
  }

  /** Whether the socket takes anything more before it is read from. */
  offersWindow(sock: Sock): boolean {
    const own = this.#usedUp(sock);
    return own === null || own.could.offersWindow(own.sock);
  }

  /** Whether a segment for it would be dropped for the memory it lies in. */
  tosses(sock: Sock): boolean {
    const own = this.#usedUp(sock);
    return own?.could.tosses(own.sock) === true;
  }

  /** Whether the peer could be told what it has received. */
  couldAcknowledge(sock: Sock): boolean {
    const own = this.#usedUp(sock);
    return own === null || own.could.acknowledge(own.sock);
  }

  #usedUp({
    id,
  }: Sock): { readonly sock: Sock; readonly could: ReturnType<Machine["net"]["could"]> } | null {
    const copy = this.#ask();
    this.#copy = null;
    const sock = copy.net.sockById(id);
    return sock === null ? null : { sock, could: copy.net.could() };
  }

  /** Pages that come back when these connections are given up: to the free lists, and to those of single CPUs. */
  pagesOfConnections(ids: readonly number[]): { readonly free: number; readonly perCpu: number } {
    const copy = this.#ask();
    const { frames } = copy.memory.parts;
    const [free, perCpu] = [frames.pagesOf("free"), frames.pagesOf("perCpu")];
    copy.net.could().giveUp(ids);
    this.#copy = null;
    return { free: frames.pagesOf("free") - free, perCpu: frames.pagesOf("perCpu") - perCpu };
  }

  /**
   * Whether a block of 2^order pages could come to be though nobody is helped: see runs.ts. What half-open connections hold
   * is taken to be back already.
   */
  couldHaveBlock(order: number): boolean {
    const copy = this.#ask();
    copy.net.could().giveUp(
      copy.net
        .socks()
        .filter(isPassing)
        .map(({ id }) => id),
    );
    this.#copy = null;
    return hasRunToBe(copy, order);
  }

  /** Whether a bio could be had without a wait. */
  isBioToBeHad(): boolean {
    if (this.#isBioThere !== null) return this.#isBioThere;
    // Asked first: a page that is refused leaves the copy as it was.
    this.refusesBioPage();
    this.#isBioThere = this.#ask().storage.bios.couldAlloc();
    if (this.#isBioThere) this.#copy = null;
    return this.#isBioThere;
  }

  #ask(): Machine {
    // Of a 2 GiB machine saving is half of what a copy costs.
    this.#state ??= this.#machine.save();
    this.#copy ??= this.#machine.copy(this.#state);
    return this.#copy;
  }
}

export interface SegmentRefusal {
  readonly lack: ReceiveLack;
  readonly refused: Refused;
}

/** A connection half open, or that no program holds any more: it goes by itself. */
export const isPassing = ({ state, isDead }: Sock): boolean =>
  state === "syn-sent" || state === "syn-received" || isDead;

/** Why the allocator said no. */
export interface Refused {
  readonly rule: string;
  /** How many more pages would have to be free. */
  readonly lackPages: number;
  /** It asked for 2^order pages side by side. */
  readonly order: number;
}

function refusalOf(machine: Machine): Refused {
  // An object that somebody frees may do where a page was refused: one more of anything is taken to be enough.
  const { rule, order } = machine.memory.parts.pages.lastRefusal;
  return { rule, order, lackPages: 1 };
}

/** The request for memory that a task is in, innermost first. */
export const allocationsOf = (task: Task): readonly AllocFrame[] =>
  task.stack.filter((frame): frame is AllocFrame => frame.type === "mm.alloc").reverse();
