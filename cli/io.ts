// What a command may touch of the host: two streams of text, files to read, and how it may look. Tests pass their own.

export interface Io {
  /** Results. */
  out(text: string): void;
  /** Progress and errors. */
  err(text: string): void;
  /** Text of a file, or of stdin for "-"; null: there is none. */
  read(path: string): string | null;
  readonly settings: Settings;
}

/** What the environment says of how to print. */
export interface Settings {
  readonly hasColour: boolean;
  /** Somebody is watching. */
  readonly isTerminal: boolean;
}
