// A node as a child process. It ends when the channel does, so it cannot outlive us however we end.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath, pathToFileURL } from "node:url";
import { compiled } from "#tools/compiled.mjs";
import { stripsTypes } from "#tools/source-flags.mjs";
import type { NodeChannel } from "./node-channel.ts";

// Through the launcher: it knows how this Node runs our sources.
const launcher = fileURLToPath(new URL("../../tools/run.mjs", import.meta.url));
const source = fileURLToPath(new URL("../../nodes/main.ts", import.meta.url));

/**
 * What a forked node runs is there when this resolves. Nodes that are forked together and find it missing each make it, and
 * the machines of others on this host are late meanwhile.
 */
export async function makeNodeCode(): Promise<void> {
  if (!stripsTypes()) await compiled(pathToFileURL(source));
}

export interface ForkedNode extends NodeChannel {
  readonly pid: number;
}

export function forkNode(): ForkedNode {
  const child = fork(launcher, [source], {
    execArgv: [],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return {
    pid: child.pid ?? 0,
    send: (message) => {
      if (child.connected) child.send(message, () => undefined);
    },
    onMessage: (listener) => {
      child.on("message", listener);
    },
    onGone: (listener) => {
      child.once("error", (error) => listener(error.message));
      child.once("exit", (code, signal) =>
        listener(`it ended with ${signal ?? code ?? "nothing"}`),
      );
    },
    close: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}
