// What is said when a swap device fails: by the program of a node, by the server that manages them, by the server that takes
// over. Each is a datagram, said again every second until it is answered by the same with a mark on it.
//
// Samudrala (lkml, 2005-12-16) tells who says what to whom, not in which words; he has TCP connections that exist already.
//
// Not modelled: any protocol that exists, who may say such things, a second fail-over.

import { fromS } from "#base/units.ts";
import { encodeUtf8 } from "#wire/bytes.ts";

/** Where each of them listens. */
export const MANAGER_PORT = 700;
export const AGENT_PORT = 701;
export const TAKE_OVER_PORT = 702;

/** My device is failing; enter emergency; the other's exports are yours; your device is there now; leave emergency. */
export const ORDERS = ["alarm", "enter", "take-over", "switch", "leave"] as const;
export type Order = (typeof ORDERS)[number];

export interface Message {
  readonly order: Order;
  readonly isAnswer: boolean;
  /** The server it is about. */
  readonly server: string;
}

/** Bytes of a message, name and all. */
const MESSAGE_BYTES = 64;

export function encodeMessage({ order, isAnswer, server }: Message): Uint8Array {
  const bytes = new Uint8Array(MESSAGE_BYTES);
  const name = encodeUtf8(server).subarray(0, MESSAGE_BYTES - 3);
  bytes.set([ORDERS.indexOf(order), isAnswer ? 1 : 0, name.length]);
  bytes.set(name, 3);
  return bytes;
}

/** null when it says nothing. */
export function decodeMessage(bytes: Uint8Array): Message | null {
  const [index = -1, answer = 0, lenBytes = 0] = bytes;
  const order = ORDERS[index];
  if (order === undefined || bytes.length < MESSAGE_BYTES) return null;
  const server = String.fromCharCode(...bytes.subarray(3, 3 + lenBytes));
  return { order, isAnswer: answer === 1, server };
}

export interface Letter extends Message {
  readonly peer: string;
  readonly port: number;
  /** When it is to be sent, or sent again, in ns. */
  dueNs: number;
}

const AGAIN_NS = fromS(1);

/** What is to be said and was not answered yet. */
export class Outbox {
  #letters: Letter[] = [];
  /** Orders given, and those of them that were answered. */
  given = 0;
  confirmed = 0;

  /** An order is said until it is answered; an answer is said once. */
  put(letter: Letter): void {
    if (!letter.isAnswer) this.given++;
    this.#letters.push(letter);
  }

  /** What is due longest; null when nothing is. */
  due(nowNs: number): Letter | null {
    const due = this.#letters.filter(({ dueNs }) => dueNs <= nowNs);
    return due.reduce<Letter | null>((first, letter) => earlier(first, letter), null);
  }

  get nextNs(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#letters.map(({ dueNs }) => dueNs));
  }

  /** It was sent, or could not be: an order is due again in a second, an answer is done with once it is sent. */
  noteTried(letter: Letter, nowNs: number, isSent: boolean): void {
    letter.dueNs = nowNs + AGAIN_NS;
    if (letter.isAnswer && isSent) this.#letters = this.#letters.filter((each) => each !== letter);
  }

  /** `peer` has answered; false when nobody waits for that. */
  confirm(peer: string, order: Order): boolean {
    const at = this.#letters.findIndex(
      (letter) => !letter.isAnswer && letter.peer === peer && letter.order === order,
    );
    if (at < 0) return false;
    this.#letters.splice(at, 1);
    this.confirmed++;
    return true;
  }

  /** Whether an order of this kind waits for an answer. */
  awaits(order: Order): boolean {
    return this.#letters.some((letter) => !letter.isAnswer && letter.order === order);
  }

  save(): OutboxState {
    const { given, confirmed } = this;
    return { given, confirmed, letters: this.#letters.map((letter) => ({ ...letter })) };
  }

  load({ given, confirmed, letters }: OutboxState): void {
    this.given = given;
    this.confirmed = confirmed;
    this.#letters = letters.map((letter) => ({ ...letter }));
  }
}

function earlier(first: Letter | null, letter: Letter): Letter {
  return first === null || letter.dueNs < first.dueNs ? letter : first;
}

export interface OutboxState {
  readonly given: number;
  readonly confirmed: number;
  readonly letters: readonly Letter[];
}
