// What a command may touch of the host: two streams of text, files, the time, and how it may look. Tests pass
// their own.

export interface Io {
  /** Results. */
  out(text: string): void;
  /** Progress and errors. */
  err(text: string): void;
  /** Text of a file, or of stdin for "-"; null: there is none. */
  read(path: string): string | null;
  /** A file's bytes; null: there is none. */
  readBytes(path: string): Uint8Array | null;
  /** Writes a file whole or not at all, in folders that are made where they are missing. Throws what the host says. */
  write(path: string, bytes: Uint8Array): void;
  /** Host time in ms, from any start. */
  nowMs(): number;
  /** The date, as ISO 8601 has it. */
  date(): string;
  /** Lets signals and other work have their turn for that many ms; 0: once. */
  rest(ms: number): Promise<void>;
  /** Told, with the exit code to end with, when somebody wants the command to stop; gives how to stop listening. */
  onStop(listener: (exitCode: number) => void): () => void;
  readonly settings: Settings;
}

/** What the environment says of how to print. */
export interface Settings {
  readonly hasColour: boolean;
  /** Somebody is watching. */
  readonly isTerminal: boolean;
  /** Somebody is watching what is said of progress. */
  readonly isErrTerminal: boolean;
  /** Runs leave bundles behind, unless told otherwise. */
  readonly writesBundles: boolean;
  /** REDIS_URL, as other programs have it; null: not set. */
  readonly redisUrl: string | null;
  /** PATH, as the environment has it. */
  readonly path: string;
  /** On GitHub Actions: where a step's summary is written, "" where it has none; null: somewhere else. */
  readonly githubSummary: string | null;
  /** Width of the terminal, 80 where there is none. */
  readonly columns: number;
  /** Height of the terminal, 24 where there is none. */
  readonly rows: number;
}
