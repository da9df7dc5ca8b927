// What a command may touch of the host: two streams of text, files to read, the time, and how it may look. Tests pass
// their own.

export interface Io {
  /** Results. */
  out(text: string): void;
  /** Progress and errors. */
  err(text: string): void;
  /** Text of a file, or of stdin for "-"; null: there is none. */
  read(path: string): string | null;
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
  /** Width of the terminal, 80 where there is none. */
  readonly columns: number;
  /** Height of the terminal, 24 where there is none. */
  readonly rows: number;
}
