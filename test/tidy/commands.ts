// The commands a document shows: the lines of its `sh` blocks, without what is said about them.

const block = /^(<!-- first command: .*? -->\n)?```sh\n(.*?)^```$/gms;

export interface Commands {
  readonly commands: readonly string[];
  /** Commands of blocks marked as the first thing typed in a fresh clone; they have a test of their own. */
  readonly firstCommands: readonly string[];
}

export function commandsOf(text: string): Commands {
  const blocks = [...text.matchAll(block)].map(([, mark, lines]) => ({
    isFirst: mark !== undefined,
    lines: `${lines}`
      .split("\n")
      .map((line) => line.replace(/\s+#.*$/, "").trim())
      .filter((line) => line !== ""),
  }));
  const of = (isFirst: boolean) =>
    blocks.filter((each) => each.isFirst === isFirst).flatMap(({ lines }) => lines);
  return { commands: of(false), firstCommands: of(true) };
}
