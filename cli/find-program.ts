// Where a program is that people have on PATH. By looking, for a shell to ask need not be on it either.

import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** null: nowhere on it. */
export function findProgram(name: string, path: string): string | null {
  const found = path
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find(isProgram);
  return found ?? null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
