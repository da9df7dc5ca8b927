// The host as commands see it: files, standard streams, clock, signals.

import { existsSync, readFileSync } from "node:fs";
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
  if (!existsSync(path)) return null;
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new UnwedgeError("usage", `${path}: cannot be read`, { cause });
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
