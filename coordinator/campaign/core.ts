// Which core a process makes runs with: the hash of the sources that decide a run. A version would not do: between two of
// them the same seed gives other runs.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const DECIDING = [
  "base",
  "wire",
  "kernel",
  "faults",
  "explain",
  "ports",
  "sim",
  "traffic/patterns",
  "coordinator/scenario",
  "coordinator/study",
];
const own = fileURLToPath(new URL("../../", import.meta.url));
const HEX_DIGITS = 12;

/** Of the tree in `root`: twelve hexadecimal digits. */
export function coreHash(root = own): string {
  const hash = createHash("sha256");
  for (const path of DECIDING.flatMap((folder) => sourcesOf(root, folder)))
    hash
      .update(path)
      .update("\0")
      .update(readFileSync(join(root, path)))
      .update("\0");
  return hash.digest("hex").slice(0, HEX_DIGITS);
}

const sourcesOf = (root: string, folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.[jt]s$/.test(path))
    .sort()
    .map((path) => `${folder}/${path}`);
