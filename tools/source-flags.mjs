// How this Node is made to run our TypeScript sources: the one place that knows.
//
// Node 22.18 and later strip types by themselves; before, tsx does it. Whoever starts a process or a worker on a source file
// passes `sourceFlags()` as its execArgv: a worker that inherits nothing would not understand a .ts file on Node 20.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/** True if this Node runs .ts files without help. */
export function stripsTypes() {
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
