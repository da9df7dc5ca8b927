// Who is there, agreed on by passing a token: Totem's single ring, as openais had it in 2004 and corosync has it now. Who has
// not seen the token for a while asks who is left; what a majority then commits to is the membership, and it is committed in
// two rounds: in the first everybody fences those who are not in it, in the second everybody goes by it.
//
// It decides and does nothing: it is told what came and what time it is, and says what is to be sent and whom to fence.
//
// Source: openais exec/gmi.c of 2004-07; corosync.conf(5). Fencing before anybody takes over: Dake and Phillips (lkml,
// 2004-07-10).
//
// Not modelled: messages that the token orders, rings that merge (who was expelled stays out), configurations that change,
// several rings, a token that travels faster while there is something to say.

import { fromMs } from "#base/units.ts";
import type { RingTimes } from "../spec.ts";

export const MEMBER_PORT = 703;
/** As many as the openais of 2004 allowed. */
export const MEMBERS_MAX = 16;

export const RING_TIMES = {
  // Token, gather, commit and retransmit as in gmi.c. It held no token, and said "join" once; the holding time follows
  // corosync's rule for this retransmit time, and "join" is said twice.
  "openais-2004": {
    tokenNs: fromMs(300),
    retransmitNs: fromMs(100),
    holdNs: fromMs(70),
    gatherNs: fromMs(100),
    joinNs: fromMs(50),
    commitNs: fromMs(100),
  },
  // token 3000, token_retransmits_before_loss 4, join 50, consensus 1.2 × token. corosync.conf(5) derives the others:
  // retransmit = token / 4.2, hold = 0.8 × retransmit − 10 (238 and 180 for a token of 1000).
  corosync: {
    tokenNs: fromMs(3000),
    retransmitNs: fromMs(714),
    holdNs: fromMs(561),
    gatherNs: fromMs(3600),
    joinNs: fromMs(50),
    commitNs: fromMs(3000),
  },
} as const satisfies Record<string, RingTimes>;
export type RingTimesName = keyof typeof RING_TIMES;

const KINDS = ["token", "join", "commit"] as const;

export interface RingMessage {
  readonly kind: (typeof KINDS)[number];
  /** Membership it belongs to: each that is committed has a higher number. */
  readonly view: number;
  /** Of a token: passes so far. */
  readonly seq: number;
  /** Of a commitment: round, 1 or 2. */
  readonly round: number;
  /** Of a commitment: a bit for each member. */
  readonly members: number;
}

const MESSAGE_BYTES = 32;

export function encodeRing({ kind, view, seq, round, members }: RingMessage): Uint8Array {
  const bytes = new Uint8Array(MESSAGE_BYTES);
  const data = new DataView(bytes.buffer);
  data.setUint8(0, KINDS.indexOf(kind));
  data.setUint8(1, round);
  data.setUint16(2, members);
  data.setUint32(4, view);
  data.setUint32(8, seq);
  return bytes;
}

/** null when it says nothing. */
export function decodeRing(bytes: Uint8Array): RingMessage | null {
  if (bytes.length < MESSAGE_BYTES) return null;
  const data = new DataView(bytes.buffer, bytes.byteOffset);
  const kind = KINDS[data.getUint8(0)];
  if (kind === undefined) return null;
  const [round, members] = [data.getUint8(1), data.getUint16(2)];
  return { kind, round, members, view: data.getUint32(4), seq: data.getUint32(8) };
}

export interface RingLetter {
  readonly peer: string;
  readonly message: RingMessage;
}

type Timer = "token" | "retransmit" | "hold" | "gather" | "join" | "commit";
const TIMERS: readonly Timer[] = ["hold", "retransmit", "token", "join", "gather", "commit"];

export class Ring {
  readonly #names: readonly string[];
  readonly #self: number;
  readonly #times: RingTimes;
  #state: "member" | "gather" | "commit" = "gather";
  #view = 0;
  /** A bit for each member, and for each of whom something was heard since the token was lost. */
  #members: number;
  #heard = 0;
  #seq = 0;
  /** Membership that is being committed to; 0: none. */
  #pendingView = 0;
  #pendingMembers = 0;
  /** When each timer is due, in ns. */
  readonly #due = new Map<Timer, number>();
  #out: RingLetter[] = [];
  /** Times the token has come, times it was lost, members that were expelled. */
  tokens = 0;
  losses = 0;
  expelled = 0;

  constructor(self: string, names: readonly string[], times: RingTimes) {
    this.#names = names;
    this.#self = names.indexOf(self);
    this.#times = times;
    this.#members = bit(names.length) - 1;
  }

  /** Nobody belongs to anything before a majority has said so: whoever has lost its power comes back knowing nothing. */
  start(nowNs: number): void {
    this.#gather(nowNs);
  }

  get memberCount(): number {
    return countOf(this.#members);
  }

  /** Who is out, and must not be heard by anything that is shared: known from the first round of the commitment on. */
  get fenced(): readonly string[] {
    const kept = this.#pendingView > this.#view ? this.#pendingMembers : this.#members;
    return this.#names.filter((_, i) => !has(kept, i));
  }

  /** The first of `lock` that is a member; null while there is no agreed membership: nobody holds anything then. */
  holderOf(lock: readonly string[]): string | null {
    if (this.#state !== "member") return null;
    return lock.find((name) => has(this.#members, this.#names.indexOf(name))) ?? null;
  }

  get nextNs(): number {
    return Math.min(...this.#due.values());
  }

  /** What is to be sent, each once. */
  take(): RingLetter | undefined {
    return this.#out.shift();
  }

  hear(peer: string, message: RingMessage, nowNs: number): void {
    const from = this.#names.indexOf(peer);
    if (!has(this.#members, from)) return;
    switch (message.kind) {
      case "token":
        this.#hearToken(message, nowNs);
        return;
      case "join":
        if (this.#state === "member") this.#gather(nowNs);
        if (this.#state === "gather") this.#note(from, nowNs);
        return;
      case "commit":
        this.#hearCommit(message, nowNs);
        return;
    }
  }

  #hearToken({ view, seq }: RingMessage, nowNs: number): void {
    if (this.#state !== "member" || view !== this.#view || seq <= this.#seq) return;
    this.#seq = seq;
    this.tokens++;
    this.#due.delete("retransmit");
    this.#set("token", nowNs + this.#times.tokenNs);
    if (this.#isFirst(this.#members)) this.#set("hold", nowNs + this.#times.holdNs);
    else this.#pass(nowNs);
  }

  #hearCommit({ view, members, round }: RingMessage, nowNs: number): void {
    if (!has(members, this.#self) || view < this.#view) return;
    if (round === 1) this.#hearFirstRound(view, members, nowNs);
    else this.#hearSecondRound(view, members, nowNs);
  }

  /** Promise, and hand it on; when it is back with whoever began it, everybody has promised. */
  #hearFirstRound(view: number, members: number, nowNs: number): void {
    if (view === this.#view) return;
    const isBack = this.#isFirst(members) && view === this.#pendingView;
    // Who has begun to ask again meanwhile has taken its word back.
    if (isBack && this.#state !== "commit") return;
    if (isBack) this.#install(nowNs);
    else this.#promise(view, members, nowNs);
    this.#sendNext({ kind: "commit", view, members, round: isBack ? 2 : 1 });
  }

  /** Go by it, and hand it on; when that is back, the token starts. */
  #hearSecondRound(view: number, members: number, nowNs: number): void {
    if (view !== this.#pendingView || members !== this.#pendingMembers) return;
    if (view > this.#view) {
      this.#install(nowNs);
      this.#sendNext({ kind: "commit", view, members, round: 2 });
    } else if (this.#isFirst(members) && this.#seq === 0) this.#pass(nowNs);
  }

  #promise(view: number, members: number, nowNs: number): void {
    this.#state = "commit";
    this.#pendingView = view;
    this.#pendingMembers = members;
    this.#due.clear();
    this.#set("commit", nowNs + this.#times.commitNs);
  }

  #install(nowNs: number): void {
    this.expelled += countOf(this.#members) - countOf(this.#pendingMembers);
    this.#state = "member";
    this.#view = this.#pendingView;
    this.#members = this.#pendingMembers;
    this.#seq = 0;
    this.#due.clear();
    this.#set("token", nowNs + this.#times.tokenNs);
  }

  /** Do what is due; false when nothing is. */
  work(nowNs: number): boolean {
    const timer = TIMERS.find((each) => (this.#due.get(each) ?? Number.POSITIVE_INFINITY) <= nowNs);
    if (timer === undefined) return false;
    this.#due.delete(timer);
    switch (timer) {
      case "hold":
        this.#pass(nowNs);
        break;
      case "retransmit":
        this.#sendToken(nowNs);
        break;
      case "token":
        this.losses++;
        this.#gather(nowNs);
        break;
      case "join":
        this.#callAll(nowNs);
        break;
      case "gather":
        this.#conclude(nowNs);
        break;
      case "commit":
        this.#gather(nowNs);
        break;
    }
    return true;
  }

  #pass(nowNs: number): void {
    this.#seq++;
    this.#sendToken(nowNs);
  }

  #sendToken(nowNs: number): void {
    this.#sendNext({ kind: "token", view: this.#view, seq: this.#seq });
    this.#set("retransmit", nowNs + this.#times.retransmitNs);
  }

  #gather(nowNs: number): void {
    this.#state = "gather";
    this.#heard = bit(this.#self);
    this.#due.clear();
    this.#set("gather", nowNs + this.#times.gatherNs);
    this.#callAll(nowNs);
  }

  #callAll(nowNs: number): void {
    this.#names.forEach((_, i) => {
      if (i !== this.#self && has(this.#members, i)) this.#send(i, { kind: "join" });
    });
    this.#set("join", nowNs + this.#times.joinNs);
  }

  #note(from: number, nowNs: number): void {
    this.#heard |= bit(from);
    if (this.#heard === this.#members) this.#conclude(nowNs);
  }

  /** A majority of all there ever were goes on, by the word of its first; anybody else keeps calling. */
  #conclude(nowNs: number): void {
    const members = this.#heard;
    if (2 * countOf(members) <= this.#names.length) {
      this.#gather(nowNs);
      return;
    }
    if (!this.#isFirst(members)) {
      this.#state = "commit";
      this.#due.clear();
      this.#set("commit", nowNs + this.#times.commitNs);
      return;
    }
    const view = Math.max(this.#view, this.#pendingView) + 1;
    this.#promise(view, members, nowNs);
    this.#sendNext({ kind: "commit", view, members, round: 1 });
  }

  /** To the next member after this one. */
  #sendNext(message: Partial<RingMessage> & Pick<RingMessage, "kind">): void {
    const among = message.members ?? this.#members;
    const count = this.#names.length;
    for (let step = 1; step < count; step++) {
      const next = (this.#self + step) % count;
      if (!has(among, next)) continue;
      this.#send(next, message);
      return;
    }
  }

  #send(to: number, message: Partial<RingMessage> & Pick<RingMessage, "kind">): void {
    const peer = this.#names[to] ?? "";
    const rest = { view: this.#view, seq: 0, round: 0, members: 0 };
    this.#out.push({ peer, message: { ...rest, ...message } });
  }

  #isFirst(members: number): boolean {
    return this.#names.findIndex((_, i) => has(members, i)) === this.#self;
  }

  #set(timer: Timer, atNs: number): void {
    this.#due.set(timer, atNs);
  }

  save(): RingState {
    return {
      state: this.#state,
      numbers: [
        this.#view,
        this.#members,
        this.#heard,
        this.#seq,
        this.#pendingView,
        this.#pendingMembers,
      ],
      due: [...this.#due],
      out: [...this.#out],
      counts: [this.tokens, this.losses, this.expelled],
    };
  }

  load({ state, numbers, due, out, counts }: RingState): void {
    this.#state = state;
    [this.#view, this.#members, this.#heard, this.#seq, this.#pendingView, this.#pendingMembers] =
      numbers;
    this.#due.clear();
    for (const [timer, atNs] of due) this.#due.set(timer, atNs);
    this.#out = [...out];
    [this.tokens, this.losses, this.expelled] = counts;
  }
}

const has = (mask: number, index: number): boolean => index >= 0 && (mask & bit(index)) !== 0;

const bit = (index: number): number => 1 << index;

function countOf(mask: number): number {
  let count = 0;
  for (let i = 0; i < MEMBERS_MAX; i++) if (has(mask, i)) count++;
  return count;
}

export interface RingState {
  readonly state: "member" | "gather" | "commit";
  readonly numbers: readonly [number, number, number, number, number, number];
  readonly due: readonly (readonly [Timer, number])[];
  readonly out: readonly RingLetter[];
  readonly counts: readonly [number, number, number];
}
