// Anchors: the instants of a run that steps and checks may name, and whether each can come about at all.
//
// An anchor is the id of a step (the instant it is done), or ID.healed for a fault (the instant it heals). Whether it will
// be reached nobody knows before the run; that it never can be is known, and is a mistake.

import type { StepSource } from "./schema-steps.ts";
import { itemsOf, type Tree, textOf } from "./tree.ts";

export class Anchors {
  /** Every name there is, reachable or not. */
  readonly names: readonly string[];
  readonly #reachable: ReadonlySet<string>;

  /** `tree` may hold steps that are wrong: what they are called counts, and they are taken to come about. */
  constructor(tree: Tree) {
    const steps = itemsOf(tree["timeline"]).map(draftOf);
    this.names = steps.flatMap(({ id, isFault }) =>
      id === null ? [] : isFault ? [id, `${id}.healed`] : [id],
    );
    this.#reachable = reachableOf(steps);
  }

  isReachable(name: string): boolean {
    return this.#reachable.has(name);
  }
}

interface Draft {
  readonly id: string | null;
  readonly after: string | null;
  readonly isFault: boolean;
  readonly healsItself: boolean;
  readonly heals: string | null;
}

function draftOf(step: unknown): Draft {
  return {
    id: textOf(step, "id"),
    after: textOf(step, "after"),
    isFault: textOf(step, "fault") !== null,
    healsItself: textOf(step, "for") !== null,
    heals: textOf(step, "heal"),
  };
}

/** Goes round until nothing new is reached; each round reaches a name or is the last. */
function reachableOf(steps: readonly Draft[]): Set<string> {
  const known = steps.flatMap(({ id }) => (id === null ? [] : [id, `${id}.healed`]));
  // An anchor that is not there at all is reported where it is named; what waits for it is spared.
  const reached = new Set(
    steps.flatMap(({ after }) => (after === null || known.includes(after) ? [] : [after])),
  );
  for (let before = -1; before < reached.size; ) {
    before = reached.size;
    for (const step of steps)
      if (step.after === null || reached.has(step.after)) reach(step, reached);
  }
  return reached;
}

function reach(step: Draft, reached: Set<string>): void {
  if (step.id !== null) reached.add(step.id);
  if (step.id !== null && step.isFault && step.healsItself) reached.add(`${step.id}.healed`);
  if (step.heals !== null && reached.has(step.heals)) reached.add(`${step.heals}.healed`);
}

/** Which keys of a step say when it comes. */
export const triggersOf = (source: StepSource): readonly ("at" | "after" | "when")[] =>
  (["at", "after", "when"] as const).filter((key) => source[key] !== undefined);
