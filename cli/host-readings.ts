// Numbers out of the text files under /proc and /sys, and what is wrong with them, at file and line.
//
// A file that is missing is a value that is not known; one that is there and is not what the kernel writes is a problem.

import type { HostFiles } from "./host-files.ts";

export interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

/** Pages, KiB and bytes of any machine there is have fewer digits. */
const COUNT = /^\d{1,15}$/;

/** As much of a wrong line as a message quotes. */
const QUOTED_MAX = 60;

export class HostReadings {
  readonly #files: HostFiles;
  /** As `proc/meminfo:3: what is wrong`, in the order of reading. */
  readonly problems: string[] = [];
  /** Files that were asked for and are not there. */
  readonly missing: string[] = [];

  constructor(files: HostFiles) {
    this.#files = files;
  }

  /** Lines that say something; null: no such file, which is remembered. */
  lines(path: string): readonly Line[] | null {
    const lines = this.probe(path);
    if (lines === null) this.missing.push(path);
    return lines;
  }

  /** The same of a file that need not be there. */
  probe(path: string): readonly Line[] | null {
    const lines = this.#files(path)?.split("\n") ?? null;
    return (
      lines
        ?.map((line, i) => ({ text: line.trim(), number: i + 1 }))
        .filter(({ text }) => text !== "") ?? null
    );
  }

  /** The first line of a file that need not be there; null: no such file, or empty. */
  word(path: string): string | null {
    return this.probe(path)?.[0]?.text ?? null;
  }

  /** So many whole numbers on the one line of a file; null: not there, or not that. */
  counts(path: string, howMany: number): readonly number[] | null {
    const lines = this.lines(path);
    if (lines === null) return null;
    const [line = { text: "", number: 1 }] = lines;
    const words = line.text.split(/\s+/);
    if (words.length === howMany && words.every((word) => COUNT.test(word)))
      return words.map(Number);
    this.problem(
      path,
      line,
      `expected ${howMany === 1 ? "a whole number" : `${howMany} whole numbers`}`,
    );
    return null;
  }

  count(path: string, atMost = Number.MAX_SAFE_INTEGER): number | null {
    const value = this.counts(path, 1)?.[0] ?? null;
    if (value === null || value <= atMost) return value;
    this.problem(path, { text: String(value), number: 1 }, `expected ${atMost} at most`);
    return null;
  }

  /** A whole number out of a line; 0, and a problem, where it is none. */
  countIn(path: string, line: Line, word: string | undefined): number {
    if (word !== undefined && COUNT.test(word)) return Number(word);
    this.problem(path, line, "expected a whole number");
    return 0;
  }

  problem(path: string, { text, number }: Line, expected: string): void {
    const shown = text.length > QUOTED_MAX ? `${text.slice(0, QUOTED_MAX)}…` : text;
    this.problems.push(`${path}:${number}: ${JSON.stringify(shown)}; ${expected}`);
  }
}
