// A terminal and a file system for commands: what they print is kept, what they read is given.

import type { Io, Settings } from "#cli/io.ts";

export class FakeIo implements Io {
  readonly files: Readonly<Record<string, string>>;
  settings: Settings = {
    redisUrl: null,
    path: "",
    githubSummary: null,
    hasColour: false,
    isTerminal: false,
    isErrTerminal: false,
    writesBundles: true,
    columns: 80,
    rows: 24,
  };
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

  /** What was written, by path. */
  readonly written = new Map<string, Uint8Array>();
  readonly write = (path: string, bytes: Uint8Array): void => {
    this.written.set(path, bytes);
  };
  readonly readBytes = (path: string): Uint8Array | null => this.written.get(path) ?? null;

  /** Stands still, but for rests. */
  #nowMs = 0;
  readonly nowMs = (): number => this.#nowMs;
  readonly date = (): string => "2007-08-15T00:00:00.000Z";
  readonly rest = (ms: number): Promise<void> => {
    this.#nowMs += ms;
    return Promise.resolve();
  };

  /** What a test does to press Ctrl-C. */
  stop: ((exitCode: number) => void) | null = null;
  readonly onStop = (listener: (exitCode: number) => void): (() => void) => {
    this.stop = listener;
    return () => {
      this.stop = null;
    };
  };
}
