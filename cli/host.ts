// The host as commands see it: files and standard streams.

import { existsSync, readFileSync } from "node:fs";
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
    return existsSync(path) ? readFileSync(path, "utf8") : null;
  },
  settings: readSettings(process.env, process.stdout.isTTY),
});
