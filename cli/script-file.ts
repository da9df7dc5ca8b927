// Scripts on a command line: by the time a command reads one, it is the document that the script writes.

import type { Io } from "./io.ts";

const SCRIPT = /\.m?[jt]s$/;

/** `io` for whom scripts that `open` was told of are their documents. */
export class ScriptFiles {
  readonly io: Io;
  readonly #documents = new Map<string, string>();

  constructor(io: Io) {
    this.io = { ...io, read: (path) => this.#documents.get(path) ?? io.read(path) };
  }

  /** Runs those of the words of a command line that are scripts. Throws UnwedgeError with what is wrong with one. */
  async open(words: readonly unknown[]): Promise<void> {
    for (const word of words.flat()) {
      if (typeof word !== "string" || !SCRIPT.test(word)) continue;
      const source = this.io.read(word);
      if (source === null) continue;
      const { documentApart } = await import("./sandbox.ts");
      this.#documents.set(word, await documentApart({ source, file: word }));
    }
  }
}
