// Takes the recipes out of a document and applies them to files, as a reader would.
//
// A step is a comment, which the reader does not see, and the code block under it:
//   <!-- recipe create PATH -->                    the block is the file
//   <!-- recipe insert PATH before: LINE -->       the block goes before (or `after:`) the only such line of the file

export interface Step {
  readonly path: string;
  /** Where the block goes; null: it is the whole of a new file. */
  readonly at: { readonly side: "before" | "after"; readonly line: string } | null;
  readonly code: string;
}

const step =
  /^<!-- recipe (?:create (\S+)|insert (\S+) (before|after): (.*?)) -->\n *```\w+\n(.*?)^ *```$/gms;

export function stepsOf(text: string): Step[] {
  return [...text.matchAll(step)].map(([, created, inserted, side, line, code]) => ({
    path: `${created ?? inserted}`,
    at: line === undefined ? null : { side: side === "after" ? "after" : "before", line },
    code: `${code}`,
  }));
}

/** The file's text after the step; `text` is null if there is no such file yet. */
export function applied({ path, at, code }: Step, text: string | null): string {
  if (at === null) {
    if (text !== null) throw new Error(`${path} is there already`);
    return code;
  }
  const lines = (text ?? "").split("\n");
  const index = lines.indexOf(at.line);
  if (index < 0 || lines.includes(at.line, index + 1)) {
    throw new Error(`${path} has no single line "${at.line}"`);
  }
  lines.splice(at.side === "after" ? index + 1 : index, 0, ...code.trimEnd().split("\n"));
  return lines.join("\n");
}
