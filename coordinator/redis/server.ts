// A redis-server of our own: a child on a free port of 127.0.0.1, behind a password, in a folder that only we can read.
//
// It must not outlive us, however we end. A process that is killed runs no clean-up, so its parent here is a shell that
// reads our end of a pipe: when that closes, whatever closed it, the shell ends the server. When the shell itself is
// killed we see it end and end the server by the number in its pidfile. A server that is killed is started again where it
// was, with what its append-only file has.

import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { Redis } from "ioredis";
import { UnwedgeError } from "#base/error.ts";
import type { RedisHandle } from "./handle.ts";

/** $1 the server, $2 its configuration. A job in the background reads nothing unless it is told what: hence descriptor 3. */
const KEEPER = [
  "exec 3<&0",
  '"$1" "$2" & pid=$!',
  "(cat <&3 >/dev/null; kill $pid) & watch=$!",
  "trap 'kill $pid' TERM INT",
  "wait $pid; wait $pid; kill $watch",
].join("\n");
/** How often a server that starts is asked whether it answers, and for how long, in ms. */
const ASK_EVERY_MS = 25;
const START_MAX_MS = 15_000;

export async function startServer(
  serverPath: string,
  folder: string,
  wishedPort: number,
): Promise<RedisHandle> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const port = wishedPort === 0 ? await freePort() : wishedPort;
  const password = randomBytes(18).toString("hex");
  const config = join(folder, "redis.conf");
  writeFileSync(config, configText({ port, password, folder }), { mode: 0o600 });
  const url = `redis://:${password}@127.0.0.1:${port}`;
  const life: Life = { child: keeper(serverPath, config), starts: 1, closing: null };
  life.child.once("exit", () => endServer(folder));
  await answering(url, life.child);
  startAgainAfter(life, { folder, start: () => keeper(serverPath, config) });
  return {
    url,
    kind: "server",
    said: `Redis: ${serverPath}, ours, on 127.0.0.1:${port}`,
    close: () => {
      life.closing ??= closed(life);
      return life.closing;
    },
  };
}

interface Life {
  child: ChildProcess;
  starts: number;
  closing: Promise<void> | null;
}

/** Started so many times; what ends more often has a reason that starting does not mend. */
const STARTS_MAX = 50;
/** One that was killed in a hurry may leave its port taken for a moment. */
const START_AGAIN_MS = 100;

function startAgainAfter(
  life: Life,
  of: { readonly folder: string; readonly start: () => ChildProcess },
): void {
  life.child.once("exit", () => {
    setTimeout(() => {
      if (life.closing !== null || life.starts >= STARTS_MAX) return;
      life.starts++;
      life.child = of.start();
      life.child.once("exit", () => endServer(of.folder));
      startAgainAfter(life, of);
    }, START_AGAIN_MS).unref();
  });
}

function keeper(serverPath: string, config: string): ChildProcess {
  const child = spawn("/bin/sh", ["-c", KEEPER, "unwedge-redis", serverPath, config], {
    stdio: ["pipe", "ignore", "ignore"],
    // A group of its own: Ctrl-C is for us, who close it when everything else has been.
    detached: true,
  });
  // A pipe to a shell that has ended is no error of ours.
  child.stdin?.on("error", () => undefined);
  return child;
}

/** AOF, so that a restart finds what was acknowledged; noeviction, or BullMQ may lose jobs without a word. */
const configText = (of: {
  readonly port: number;
  readonly password: string;
  readonly folder: string;
}): string =>
  [
    "bind 127.0.0.1",
    `port ${of.port}`,
    `requirepass ${of.password}`,
    `dir "${of.folder}"`,
    `pidfile "${join(of.folder, "redis.pid")}"`,
    "appendonly yes",
    "appendfsync everysec",
    'save ""',
    "maxmemory 256mb",
    "maxmemory-policy noeviction",
    "",
  ].join("\n");

async function answering(url: string, child: ChildProcess): Promise<void> {
  const client = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => ASK_EVERY_MS,
    maxRetriesPerRequest: START_MAX_MS / ASK_EVERY_MS,
  });
  client.on("error", () => undefined);
  const ended = once(child, "exit").then(() => {
    throw new UnwedgeError("unavailable", "redis-server ended as soon as it was started");
  });
  try {
    await Promise.race([client.ping(), ended]);
  } finally {
    client.disconnect();
    ended.catch(() => undefined);
  }
}

async function closed({ child }: Life): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.stdin?.end();
  await exit;
}

/** The shell is gone; if it was killed the server is not. */
function endServer(folder: string): void {
  try {
    process.kill(Number(readFileSync(join(folder, "redis.pid"), "utf8")));
  } catch {
    // No pidfile, or nobody of that number: it has ended by itself, as it should.
  }
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string")
    throw new UnwedgeError("internal", "a listening socket has an address");
  return address.port;
}
