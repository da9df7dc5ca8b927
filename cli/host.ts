// The host as commands see it: files and standard streams.

import { existsSync, readFileSync } from "node:fs";
import { UnwedgeError } from "#base/error.ts";
import { readSettings } from "./config.ts";
import type { Io } from "./io.ts";

/** File descriptor of standard input. */
const STDIN = 0;

export const hostIo = (): Io => ({
  out: (text) => {
    process.stdout.write(text);
  },
  err: (text) => {
    process.stderr.write(text);
  },
  read: (path) => {
    if (path === "-") return readFileSync(STDIN, "utf8");
    if (!existsSync(path)) return null;
    try {
      return readFileSync(path, "utf8");
    } catch (cause) {
      throw new UnwedgeError("usage", `${path}: cannot be read`, { cause });
    }
  },
  settings: readSettings(process.env, process.stdout.isTTY),
});
