// `unwedge doctor`: looks at this host and says what a cluster would miss on it.

import { spawnSync } from "node:child_process";
import { availableParallelism, loadavg } from "node:os";
import { redisComplaint } from "#coordinator/index.ts";
import { isAnswering, PORT_DEFAULT, URL_DEFAULT } from "./cluster-client.ts";
import { doctorExit, findingsOf, findingText, type HostFacts } from "./doctor-findings.ts";
import { findProgram } from "./find-program.ts";
import type { Io } from "./io.ts";
import { isPortFree } from "./ports.ts";

/** Of a cluster of three, as `unwedge up` starts it. */
const ADDRESSES = ["127.0.0.2", "127.0.0.3", "127.0.0.4"];
const TIMERS = 20;
const TIMER_MS = 5;
/** An engine that hangs is as good as none, in ms. */
const ASK_MS_MAX = 5_000;

export async function doctor({ json }: { readonly json: boolean }, io: Io): Promise<number> {
  const findings = findingsOf(await factsOf(io));
  if (json) io.out(`${JSON.stringify(findings, null, 2)}\n`);
  else for (const finding of findings) io.out(findingText(finding));
  return doctorExit(findings);
}

async function factsOf(io: Io): Promise<HostFacts> {
  const isFree = await Promise.all(ADDRESSES.map((address) => isPortFree(address, 0)));
  return {
    node: process.versions.node,
    cores: availableParallelism(),
    load: loadavg()[0] ?? 0,
    lateMs: await latest(io),
    redis: await redisOf(io),
    addressesMissing: ADDRESSES.filter((_, i) => !isFree[i]),
    url: URL_DEFAULT,
    port: await portOf(),
    docker: said("docker", ["info", "--format", "{{.ServerVersion}}"]),
    compose: said("docker", ["compose", "version", "--short"]),
  };
}

async function latest(io: Io): Promise<number> {
  let lateMs = 0;
  for (let i = 0; i < TIMERS; i++) {
    const dueMs = io.nowMs() + TIMER_MS;
    await io.rest(TIMER_MS);
    lateMs = Math.max(lateMs, io.nowMs() - dueMs);
  }
  return lateMs;
}

function redisOf({ settings }: Io): Promise<HostFacts["redis"]> {
  const { redisUrl, path } = settings;
  if (redisUrl !== null)
    return redisComplaint(redisUrl).then(
      (complaint) => ({ kind: "given", complaint }),
      () => ({ kind: "given-away" }),
    );
  const server = findProgram("redis-server", path);
  return Promise.resolve(server === null ? { kind: "none" } : { kind: "server", path: server });
}

async function portOf(): Promise<HostFacts["port"]> {
  if (await isPortFree("127.0.0.1", PORT_DEFAULT)) return "free";
  return (await isAnswering({ url: URL_DEFAULT, token: null })) ? "coordinator" : "taken";
}

/** The first line of what it says; null: it is not there, or says that something is wrong. */
function said(program: string, args: readonly string[]): string | null {
  const { status, stdout } = spawnSync(program, args, { encoding: "utf8", timeout: ASK_MS_MAX });
  const line = status === 0 ? stdout.trim().split("\n", 1)[0] : "";
  return line === undefined || line === "" ? null : line;
}
