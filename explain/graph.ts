// A general resource graph (Holt, 1972): who waits for what, who holds it, and who could make more of it.
//
// A reusable resource has a fixed number of units that come back when their holder is done: pages, tags, a lock. A
// consumable one is made by somebody and used up: a message, an answer, a page that has been read. A party is whatever
// could take a step: a task, a card, a timer, a peer. What it wants is a list of alternatives, each a list of needs that
// must all be met. A party without alternatives never moves; one with an empty alternative moves whenever it likes.

export interface Resource {
  readonly id: string;
  readonly kind: "reusable" | "consumable";
  /** Free units, or messages on hand: what is on hand is offered again until somebody takes it. */
  readonly units: number;
  /** In plain words. */
  readonly what: string;
}

export interface Need {
  readonly resource: string;
  /** Units that have to be free at once; they need not all be taken. */
  readonly units: number;
  /** The rule that refuses it now, by the name it has in the kernel. */
  readonly rule?: string;
}

export interface Hold {
  readonly resource: string;
  readonly units: number;
}

export interface Party {
  readonly id: string;
  /** What kind of party it is: the name by which a cycle is told. */
  readonly name: string;
  readonly machine: string;
  /** What it is and what it waits for, in a sentence. */
  readonly text: string;
  /** Since when it has waited, in ns; null where that means nothing. */
  readonly sinceNs: number | null;
  readonly wants: readonly (readonly Need[])[];
  /** Given back when it is done. */
  readonly holds: readonly Hold[];
  /** Consumables that it makes, as often as they are asked for. */
  readonly gives: readonly string[];
  /** Its step is useful progress: a request served, a page read from swap, a program finished. */
  readonly isUseful: boolean;
}

export interface Graph {
  readonly resources: readonly Resource[];
  readonly parties: readonly Party[];
}

export const FREE: readonly (readonly Need[])[] = [[]];

export const need = (resource: string, units = 1, rule?: string): Need =>
  rule === undefined ? { resource, units } : { resource, units, rule };
