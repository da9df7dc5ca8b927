// Drawing, and what may be drawn at all.
//
// Swarm testing (A. Groce, C. Zhang, E. Eide, Y. Chen, J. Regehr: Swarm Testing, ISSTA 2012): each run leaves about half of all
// features out. Where everything may always happen, one feature hides what another would have shown.

import type { Random } from "#base/random.ts";
import { faults } from "#faults/index.ts";
import { DRIVERS, presets } from "#kernel/index.ts";

const PARTS = [
  "second-machine",
  "second-server",
  "second-client",
  "mixed-policy",
  "own-reserve",
  "marks",
  "slab",
  "card",
  "socket-limits",
  "encapsulation",
  "writeback",
  "reconnect",
  "cpus",
  "slow-cpu",
  "links",
  "files",
  "mpi",
  "finite-tasks",
  "datagrams",
  "closed-load",
  "critical",
  "late-load",
] as const;
export type Part = (typeof PARTS)[number];

const groups = { fault: Object.keys(faults), policy: Object.keys(presets), driver: DRIVERS };
type Group = keyof typeof groups;

export class Dice {
  readonly random: Random;
  readonly #parts: ReadonlySet<Part>;
  /** Of each group one at least. */
  readonly #words: Readonly<Record<Group, readonly string[]>>;

  constructor(random: Random) {
    this.random = random;
    this.#parts = new Set(PARTS.filter(() => random.chance(1, 2)));
    this.#words = {
      fault: this.#some(groups.fault),
      policy: this.#some(groups.policy),
      driver: this.#some(groups.driver),
    };
  }

  /** Whether this run has it; drawn once. */
  has(part: Part): boolean {
    return this.#parts.has(part);
  }

  /** Whether this run has it, and here. */
  here(part: Part): boolean {
    return this.has(part) && this.random.chance(1, 2);
  }

  /** Those of a group that this run has. */
  wordsOf(group: Group): readonly string[] {
    return this.#words[group];
  }

  word(group: Group): string {
    return this.pick(this.#words[group]);
  }

  pick<T>(items: readonly [T, ...T[]] | readonly T[]): T {
    const item = items[this.random.below(items.length)];
    if (item === undefined) throw new Error("nothing to draw from");
    return item;
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + this.random.below(most - least + 1);
  }

  #some(words: readonly string[]): readonly string[] {
    const kept = words.filter(() => this.random.chance(1, 2));
    return kept.length > 0 ? kept : [this.pick(words)];
  }
}
