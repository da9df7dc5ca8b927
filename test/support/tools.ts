// Foreign programs: whether they are here, and running them.

import { execFile, spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Debian's own first: its python3 is the one that has the nbd module. And sbin, where nbd-client lies. */
const PATH = ["/usr/bin", process.env["PATH"] ?? "", "/usr/sbin", "/sbin"].join(delimiter);

export function hasTool(name: string): boolean {
  return PATH.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Whether Debian's fio can speak NBD. */
export const hasFioNbd = (): boolean =>
  hasTool("fio") &&
  spawnSync("fio", ["--enghelp"], { encoding: "utf8", env: { PATH } }).stdout.includes("nbd");

export interface ToolResult {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** Runs it to its end, beside whatever else this process does. */
export function runTool(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ToolResult> {
  const options = {
    env: { ...process.env, ...env, PATH },
    maxBuffer: 64 * 1024 * 1024,
    timeout: 100_000,
  };
  return new Promise((resolve) => {
    execFile(command, [...args], options, (error, out, err) => {
      const exit = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ exit, out, err });
    });
  });
}
