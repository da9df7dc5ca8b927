// The host as commands see it: files, standard streams, clock, signals.

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
import { EXIT, UnwedgeError } from "#base/error.ts";
import { readSettings } from "./config.ts";
import type { Io } from "./io.ts";

/** File descriptor of standard input. */
const STDIN = 0;

const STOP_SIGNALS = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated } as const;

export const hostIo = (): Io => ({
  out: (text) => {
    process.stdout.write(text);
  },
  err: (text) => {
    process.stderr.write(text);
  },
  read,
  readBytes: (path) => readWith(path, (file) => readFileSync(file)),
  write,
  nowMs: () => performance.now(),
  date: () => new Date().toISOString(),
  rest: (ms) => setTimeout(ms),
  onStop,
  settings: readSettings(process.env, {
    isOutTerminal: process.stdout.isTTY,
    isErrTerminal: process.stderr.isTTY,
    columns: process.stdout.columns,
    rows: process.stdout.rows,
  }),
});

function read(path: string): string | null {
  if (path === "-") return readFileSync(STDIN, "utf8");
  return readWith(path, (file) => readFileSync(file, "utf8"));
}

function readWith<T>(path: string, reading: (path: string) => T): T | null {
  if (!existsSync(path)) return null;
  try {
    return reading(path);
  } catch (cause) {
    throw new UnwedgeError("usage", `${path}: cannot be read`, { cause });
  }
}

/** Beside its place first: who looks while it is written, or after a crash, sees all of the file or none. */
function write(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}.partial`;
  try {
    writeFileSync(partial, bytes);
    renameSync(partial, path);
  } finally {
    rmSync(partial, { force: true });
  }
}

function onStop(listener: (exitCode: number) => void): () => void {
  const onInterrupt = (): void => listener(STOP_SIGNALS.SIGINT);
  const onTerminate = (): void => listener(STOP_SIGNALS.SIGTERM);
  // Once: whoever presses Ctrl-C twice does not want to wait.
  process.once("SIGINT", onInterrupt);
  process.once("SIGTERM", onTerminate);
  return () => {
    process.off("SIGINT", onInterrupt);
    process.off("SIGTERM", onTerminate);
  };
}
