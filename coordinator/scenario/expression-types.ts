// What an expression is once it is compiled, and what it needs to know to become so.

import type { Slot } from "./expression-slots.ts";
import type { Observation } from "./observation.ts";
import type { CompiledPath, Vocabulary } from "./vocabulary.ts";

export interface Frame {
  readonly view: Observation;
  readonly nowNs: number;
  /** One for each function over time, in the order of the expression. */
  readonly slots: readonly Slot[];
}

export interface Expression {
  readonly text: string;
  /** Every metric it reads. */
  readonly paths: readonly CompiledPath[];
  /** Number of slots it needs; 0: it only looks at the instant. */
  readonly slotCount: number;
  /** Shows the functions over time one more sample. */
  sample(frame: Frame): void;
  /** Whether the claim holds now; null: a function over time has seen nothing yet. */
  holds(frame: Frame): boolean | null;
  /** Left side of the outermost comparison as a number, and as people read it. */
  value(frame: Frame): { readonly number: number; readonly text: string };
  /** The rest of the comparison: what was expected of the value. */
  readonly expected: string;
}

export interface ExpressionContext {
  readonly vocabulary: Vocabulary;
  /** RAM of a machine in bytes, for sizes such as `2 x ram`; null: no such machine. */
  ramBytesOf(host: string): number | null;
  /** The one number of this path in the scenario. */
  indexOf(text: string): number;
  /** Whether functions over time are allowed here. */
  readonly overTime: boolean;
}
