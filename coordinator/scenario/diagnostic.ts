// What is wrong with a scenario, where it is written and what was expected instead.
//
// All of it is collected before anything is said: a file with five mistakes is sent back once, and nothing of it is run.

export interface Diagnostic {
  readonly file: string;
  /** From 1; 0 when the mistake is in no file (a --set on the command line). */
  readonly line: number;
  /** From 1; 0 as above. */
  readonly column: number;
  /** Where in the document, as `nodes.A.memory.ram` or `checks[2].always`. */
  readonly path: string;
  readonly message: string;
  /** The name that was probably meant. */
  readonly nearest: string | null;
}

/** A mistake as whoever finds it knows it: where in the document, not yet on which line. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
  readonly nearest?: string | null;
  /** Point at the key itself, not at its value. */
  readonly atKey?: boolean;
  /** Characters into the text of the value at which the mistake stands. */
  readonly offset?: number;
}

export type Path = readonly (string | number)[];

/** `nodes.A.run.hog`, `checks[2].id`, `links["A<->C"]`. */
export function pathText(path: Path): string {
  const text = path.map((step) =>
    typeof step === "number" ? `[${step}]` : /^[\w-]+$/.test(step) ? `.${step}` : `["${step}"]`,
  );
  return text.join("").replace(/^\./, "");
}

/** One line: `file:line:column: path: message (did you mean x?)`. */
export function diagnosticText(diagnostic: Diagnostic): string {
  const { file, line, column, path, message } = diagnostic;
  const place = line === 0 ? file : `${file}:${line}:${column}`;
  const hint = diagnostic.nearest === null ? "" : ` (did you mean ${diagnostic.nearest}?)`;
  return `${place}: ${path === "" ? "" : `${path}: `}${message}${hint}`;
}

/** In the order of the file, each mistake once. */
export function inFileOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Set<string>();
  return [...diagnostics]
    .sort((a, b) => a.line - b.line || a.column - b.column)
    .filter((diagnostic) => {
      const text = `${diagnostic.file}:${diagnostic.line}:${diagnostic.column}:${diagnostic.message}`;
      return !seen.has(text) && seen.add(text) !== undefined;
    });
}
