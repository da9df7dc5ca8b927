// Expressions made ready to run: every path resolved, every unit reconciled, nothing left to go wrong while a run is judged.
//
// An expression is compiled once into closures over a Frame. Functions over time (max, rate, p, …) keep what they have seen
// in slots of plain numbers that belong to the check, so a check can be saved, loaded and asked again.

import { compile } from "./expression-compile.ts";
import { ExpressionError, type Mistake, parseExpression } from "./expression-parser.ts";
import type { Expression, ExpressionContext } from "./expression-types.ts";

export type Compiled =
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly mistake: Mistake };

/** Makes `text` ready to run, or says what is wrong with it and where. */
export function compileExpression(text: string, context: ExpressionContext): Compiled {
  try {
    return { ok: true, expression: compile(parseExpression(text), text, context) };
  } catch (error) {
    if (error instanceof ExpressionError) return { ok: false, mistake: error.mistake };
    throw error;
  }
}
