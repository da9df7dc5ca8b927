// `unwedge up`, which is also `npm start`: Redis, the coordinator with its API and page, and one run of a scenario to
// begin with. Ctrl-C heals every fault, ends the run that goes on and everything that was started.

import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { EXIT, UnwedgeError } from "#base/error.ts";
import { makeNodeCode } from "#coordinator/engine/index.ts";
import {
  type Coordinator,
  type LiveKind,
  liveEngine,
  openRedis,
  type RedisHandle,
  type RunRecord,
  startCoordinator,
} from "#coordinator/index.ts";
import type { ResolvedScenario } from "#coordinator/scenario/index.ts";
import { askForRun, PORT_DEFAULT } from "./cluster-client.ts";
import { findProgram } from "./find-program.ts";
import type { Io } from "./io.ts";
import { LocalNodes } from "./local-nodes.ts";
import { pageFolder } from "./page-files.ts";
import { isPortFree } from "./ports.ts";
import { planRuns } from "./run-plan.ts";

export interface UpOptions {
  readonly host: string;
  /** null: the usual one if it is free. */
  readonly port: number | null;
  readonly scenario: string;
  readonly variant: string | null;
  readonly engine: LiveKind;
  /** local: a node of ours for each host of the scenario. remote: they come by themselves. */
  readonly agents: "local" | "remote";
  /** Run nothing at first. */
  readonly idle: boolean;
  /** PATH=VALUE, as of `unwedge run`. */
  readonly set: readonly string[];
  /** null: found out. */
  readonly slowdown: number | null;
  /** End with the first run, and with its exit code. */
  readonly once: boolean;
  /** REDIS_URL; null: not set. */
  readonly redisUrl: string | null;
  /** null: a new one. */
  readonly token: string | null;
  readonly out: string;
}

const scenarios = fileURLToPath(new URL("../scenarios", import.meta.url));
/** How often it is looked whether somebody wants to stop, in ms. */
const LOOK_EVERY_MS = 100;

export async function up(options: UpOptions, io: Io): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "unwedge-"));
  const stop = { exitCode: -1 };
  const stopListening = io.onStop((exitCode) => {
    stop.exitCode = exitCode;
  });
  const started: Started = { redis: null, coordinator: null, nodes: null };
  try {
    return await keepUp(options, { io, folder, stop, started });
  } finally {
    stopListening();
    await started.coordinator?.close();
    await started.nodes?.close();
    await started.redis?.close();
    rmSync(folder, { recursive: true, force: true });
    io.err("stopped; every fault is healed, nothing is left running\n");
  }
}

interface Started {
  redis: RedisHandle | null;
  coordinator: Coordinator | null;
  nodes: LocalNodes | null;
}

interface Surroundings {
  readonly io: Io;
  readonly folder: string;
  readonly stop: { exitCode: number };
  readonly started: Started;
}

async function keepUp(
  options: UpOptions,
  { io, folder, stop, started }: Surroundings,
): Promise<number> {
  const isStopped = (): boolean => stop.exitCode >= 0;
  const serverPath = findProgram("redis-server", io.settings.path);
  const redis = await openRedis({ url: options.redisUrl, serverPath, folder });
  started.redis = redis;
  io.err(`${redis.said}\n`);
  const token = options.token ?? randomBytes(24).toString("base64url");
  const log = pino({ level: "warn" }, pino.destination({ fd: 2, sync: true }));
  const coordinator = await startCoordinator({
    redisUrl: redis.url,
    host: options.host,
    port: await portOf(options, io),
    token,
    runsFolder: options.out,
    scenariosFolder: scenarios,
    page: pageFolder,
    onDown: () => {
      stop.exitCode = EXIT.ok;
    },
    log,
    engine: liveEngine(log, options.engine),
  });
  started.coordinator = coordinator;
  io.out(`${coordinator.url}/\n`);
  io.err(`token for what changes something: ${token}\n`);
  io.err(`with it in the page: ${coordinator.url}/#token=${token}\n`);
  // A first build of the page takes seconds: not while somebody waits for it.
  pageFolder().catch((error: unknown) => {
    // Ctrl-C reaches whoever builds it too.
    if (!isStopped()) io.err(`${String(error)}\n`);
  });
  const scenario = firstScenario(options, io);
  const names = scenario.cluster.hosts.map(({ name }) => name);
  const hasOwnNodes = options.engine === "cluster" && options.agents === "local";
  if (hasOwnNodes || options.engine === "sockets") await makeNodeCode();
  if (hasOwnNodes)
    started.nodes = new LocalNodes(
      { url: coordinator.url, token, redisUrl: redis.url, names, isStopped },
      io,
    );
  while (!isStopped() && (options.idle || coordinator.engine.lacks(scenario, []) !== null))
    await io.rest(LOOK_EVERY_MS);
  const ended = isStopped() ? null : await first({ coordinator, token, isStopped }, options, io);
  if (ended !== null) return ended;
  return options.once ? stop.exitCode : EXIT.ok;
}

/** The first run, told as it goes; its exit code, or null when somebody wants to stop. */
async function first(
  at: { readonly coordinator: Coordinator; readonly token: string; isStopped(): boolean },
  options: UpOptions,
  io: Io,
): Promise<number | null> {
  const { coordinator, token } = at;
  const { scenario, variant, slowdown, set } = options;
  const wish = { scenario, variant, slowdown, set };
  const id = await askForRun({ url: coordinator.url, token }, wish);
  for (let shown = 0; !at.isStopped(); await io.rest(LOOK_EVERY_MS)) {
    shown = tell(coordinator, { id, shown }, io);
    if (options.once && coordinator.history.get(id)?.state === "ended")
      return exitOf(coordinator, id);
  }
  return null;
}

/** The one that was asked for, or where nobody asked for one another if it is taken. */
async function portOf({ host, port }: UpOptions, io: Io): Promise<number> {
  if (port !== null) return port;
  if (await isPortFree(host, PORT_DEFAULT)) return PORT_DEFAULT;
  io.err(`port ${PORT_DEFAULT} is taken; another one is used\n`);
  return 0;
}

/** What is run first: its hosts are the nodes that are started. */
function firstScenario({ scenario, variant, set }: UpOptions, io: Io): ResolvedScenario {
  const selection = { variant, seed: null, runs: null, all: false, policy: null, set };
  const [planned] = planRuns(scenario, selection, io);
  if (planned === undefined) throw new UnwedgeError("internal", "a scenario has a run");
  return planned.resolved;
}

/** Says what has happened since; gives the number of the last event that was said. */
function tell(
  { history }: Coordinator,
  { id, shown }: { readonly id: string; readonly shown: number },
  io: Io,
): number {
  const fresh = history.events(id).filter(({ n }) => n > shown);
  for (const { type, phase, slowdown, why } of fresh) {
    if (type === "phase") io.err(`${id} phase ${String(phase)}\n`);
    if (type === "again")
      io.err(`${id} once more, ${String(slowdown)} times slower than life: ${String(why)}\n`);
    const record = type === "ended" ? history.get(id) : null;
    if (record !== null) io.out(endedText(record));
  }
  return fresh[fresh.length - 1]?.n ?? shown;
}

function endedText({ variant, seed, verdict, certainty, status, why }: RunRecord): string {
  const sure = certainty === null ? "" : ` (${certainty})`;
  return `${[`${variant ?? "-"} ${seed} ${verdict}${sure} ${status}`, ...why].join("\n")}\n`;
}

const EXITS = { pass: EXIT.ok, fail: EXIT.failed, inconclusive: EXIT.inconclusive };

function exitOf({ history }: Coordinator, id: string): number {
  const status = history.get(id)?.status ?? null;
  return status === null ? EXIT.inconclusive : EXITS[status];
}
