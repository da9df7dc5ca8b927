// The expressions of one scenario: compiled with one vocabulary, their paths numbered together.

import type { Findings } from "./build-context.ts";
import type { Path } from "./diagnostic.ts";
import { compileExpression } from "./expression.ts";
import type { Expression } from "./expression-types.ts";
import type { CompiledPath, Vocabulary } from "./vocabulary.ts";

export class Expressions {
  readonly #vocabulary: Vocabulary;
  readonly #findings: Findings;
  readonly #ramBytesOf: (host: string) => number | null;
  readonly #indices = new Map<string, number>();

  constructor(
    vocabulary: Vocabulary,
    findings: Findings,
    ramBytesOf: (host: string) => number | null,
  ) {
    this.#vocabulary = vocabulary;
    this.#findings = findings;
    this.#ramBytesOf = ramBytesOf;
  }

  /** Compiles a claim; null when it is wrong, and then it has been reported. */
  claim(text: string, path: Path, { overTime }: { readonly overTime: boolean }): Expression | null {
    const compiled = compileExpression(text, {
      vocabulary: this.#vocabulary,
      ramBytesOf: this.#ramBytesOf,
      indexOf: (name) => this.#indexOf(name),
      overTime,
    });
    if (compiled.ok) return compiled.expression;
    const { message, offset, nearest } = compiled.mistake;
    this.#findings.add(path, message, { offset, nearest });
    return null;
  }

  /** Every path that was asked for, in the order of its index. */
  paths(): CompiledPath[] {
    return [...this.#indices].flatMap(([text, index]) => {
      const draft = this.#vocabulary.paths.get(text);
      return draft === undefined ? [] : [{ ...draft, index }];
    });
  }

  #indexOf(text: string): number {
    const index = this.#indices.get(text) ?? this.#indices.size;
    this.#indices.set(text, index);
    return index;
  }
}
