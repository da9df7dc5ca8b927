// A clone of what is committed, as a newcomer has it.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { git } from "./git.ts";

export interface Clone {
  readonly root: string;
  /** Runs a command in the clone. Both outputs, and the exit code. */
  run(command: string, ...args: string[]): { exit: number; text: string };
  /** Starts a command in the clone, in a group of its own, as a terminal does. */
  start(command: string, ...args: string[]): ChildProcess;
  close(): void;
}

export function cleanClone(): Clone {
  const root = mkdtempSync(join(tmpdir(), "unwedge-clone-"));
  git(["clone", "--quiet", "--local", ".", root]);
  return {
    root,
    run(command, ...args) {
      const { status, stdout, stderr } = spawnSync(command, args, {
        cwd: root,
        encoding: "utf8",
        env: newcomersEnvironment(),
        maxBuffer: 1 << 28,
      });
      return { exit: status ?? -1, text: stdout + stderr };
    },
    start: (command, ...args) =>
      spawn(command, args, {
        cwd: root,
        env: newcomersEnvironment(),
        stdio: ["ignore", "pipe", "pipe"],
        detached: true,
      }),
    close: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Ours without what npm and vitest have put there. */
function newcomersEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|VITEST|UNWEDGE_|NODE_ENV$|FORCE_COLOR$|TEST$)/.test(name),
  );
  return { ...Object.fromEntries(entries), NO_COLOR: "1" };
}
