// How this Node is made to run our TypeScript sources: the one place that knows.
//
// Node 22.18 and later strip types by themselves; before, tsx does it. Whoever starts a process or a worker on a source file
// passes `sourceFlags()` as its execArgv: a worker that inherits nothing would not understand a .ts file on Node 20.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/** In the npm package our sources are JavaScript already (pack.mjs). */
const areCompiled = !existsSync(new URL("../base/error.ts", import.meta.url));

/** True if this Node runs our sources without help. */
export function stripsTypes() {
  if (areCompiled) return true;
  return "typescript" in process.features && Boolean(process.features.typescript);
}

/**
 * Flags for `node FILE.ts` and for `new Worker(FILE.ts, { execArgv })`.
 * @returns {string[]}
 */
export function sourceFlags() {
  if (stripsTypes()) return [];
  return ["--import", pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href];
}
