// A terminal and a file system for commands: what they print is kept, what they read is given.

import type { Io } from "#cli/io.ts";

export class FakeIo implements Io {
  readonly files: Readonly<Record<string, string>>;
  readonly settings = { hasColour: false, isTerminal: false };
  stdout = "";
  stderr = "";

  constructor(files: Readonly<Record<string, string>> = {}) {
    this.files = files;
  }

  readonly out = (text: string): void => {
    this.stdout += text;
  };
  readonly err = (text: string): void => {
    this.stderr += text;
  };
  readonly read = (path: string): string | null => this.files[path] ?? null;
}
