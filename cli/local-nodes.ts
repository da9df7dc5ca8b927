// The nodes of `unwedge up` on one machine: an agent in a process of its own for each host of the scenario. One that ends is
// started again, so that a cluster that lost a node is whole for its next run. They end with us, however we end.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Io } from "./io.ts";

const launcher = fileURLToPath(new URL("../tools/run.mjs", import.meta.url));
const source = fileURLToPath(new URL("./main.ts", import.meta.url));
/** Started again so many times; what ends more often has a reason that starting does not mend. */
const STARTS_MAX = 50;

export interface LocalNodesSpec {
  readonly url: string;
  readonly token: string;
  readonly redisUrl: string;
  readonly names: readonly string[];
  /** Ctrl-C reaches nodes too, and one that still loads ends with it. */
  readonly isStopped: () => boolean;
}

export class LocalNodes {
  readonly #spec: LocalNodesSpec;
  readonly #io: Pick<Io, "err">;
  readonly #children = new Map<string, ChildProcess>();
  #starts = 0;
  #isClosing = false;

  constructor(spec: LocalNodesSpec, io: Pick<Io, "err">) {
    this.#spec = spec;
    this.#io = io;
    for (const [i, name] of spec.names.entries()) this.#start(name, i);
  }

  /** None of them is left when this resolves. May be called twice. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.all([...this.#children.values()].map(ended));
  }

  #start(name: string, index: number): void {
    const { url, token, redisUrl } = this.#spec;
    this.#starts++;
    const child = fork(launcher, [source, "node"], {
      execArgv: [],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      env: {
        ...process.env,
        UNWEDGE_COORDINATOR: url,
        UNWEDGE_NODE: name,
        // Each host has an address of its own, by which the others know who calls.
        UNWEDGE_ADDRESS: `127.0.0.${index + 2}`,
        // Not on a command line, which everybody on this host may read.
        UNWEDGE_TOKEN: token,
        REDIS_URL: redisUrl,
      },
    });
    this.#children.set(name, child);
    child.once("exit", (code, signal) => {
      if (this.#isClosing || this.#spec.isStopped()) return;
      const again = this.#starts < STARTS_MAX;
      const then = again ? "it is started again" : "it is not started any more";
      this.#io.err(`node ${name} ended with ${signal ?? code ?? "nothing"}; ${then}\n`);
      if (again) this.#start(name, index);
    });
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  // Its channel's end is what it waits for.
  if (child.connected) child.disconnect();
  await exit;
}
