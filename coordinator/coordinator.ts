// The coordinator put together: API, queue, history, Redis. What runs a run and what talks to nodes are given.

import { randomBytes } from "node:crypto";
import { EventEmitter, once } from "node:events";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { UnwedgeError } from "#base/error.ts";
import { Idempotency } from "./api/idempotency.ts";
import { Problem } from "./api/problem.ts";
import { buildApi } from "./api/server.ts";
import { CampaignWatch } from "./campaign/campaign-board.ts";
import type { Engine, EngineGiven } from "./engine-port.ts";
import { Feed, type FeedCounts } from "./feed/feed.ts";
import type { Fleet } from "./fleet/fleet.ts";
import { nodeLog } from "./fleet/node-log.ts";
import { KERNEL_VIEWS, type KernelView, kernelMetrics } from "./metrics/kernel-metrics.ts";
import { metricsText } from "./metrics/metrics.ts";
import { RedisLink } from "./redis/link.ts";
import { FilmFolder } from "./runs/films.ts";
import { RunFolder } from "./runs/folder.ts";
import { History, type Told } from "./runs/history.ts";
import { RunQueue } from "./runs/queue.ts";
import { ScenarioShelf } from "./runs/scenarios.ts";
import { wipe } from "./runs/wipe.ts";

export interface CoordinatorOptions {
  readonly redisUrl: string;
  /** Address it listens on; 127.0.0.1 unless somebody asks for more. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly token: string;
  /** Where runs are recorded. */
  readonly runsFolder: string;
  readonly scenariosFolder: string;
  /** Folder of the built page, built if need be; rejects with what to do where it cannot be. */
  readonly page: () => Promise<string>;
  /** Somebody asks by the API that it be stopped: close it soon. */
  readonly onDown: () => void;
  readonly log: Logger;
  /** Made once the HTTP server is there, for nodes connect to it. */
  readonly engine: (given: EngineGiven) => Engine;
}

export interface Coordinator {
  readonly url: string;
  readonly history: History;
  readonly engine: Engine;
  readonly told: Told;
  /** What pages are told. */
  readonly feed: Feed;
  /** Heals every fault, ends the run that goes on, stops listening. May be called twice. */
  close(): Promise<void>;
}

const nowMs = (): number => Date.now();
/** 60 bits: no two runs of a cluster have the same. */
const newId = (): string => `r${randomBytes(8).toString("hex").slice(0, 15)}`;

export async function startCoordinator(options: CoordinatorOptions): Promise<Coordinator> {
  const { redisUrl, log, token } = options;
  const told: Told = new EventEmitter();
  told.setMaxListeners(0);
  const link = new RedisLink({ url: redisUrl, log, onReady: () => history.reindex() });
  const folder = new RunFolder(options.runsFolder);
  const history = new History({ folder, redis: link.redis, told, nowMs });
  const shelf = new ScenarioShelf(options.scenariosFolder);
  const films = new FilmFolder(options.runsFolder);
  told.on("removed", (id) => films.remove(id));
  const made: { engine: Engine | null; feed: Feed | null } = { engine: null, feed: null };
  const engineOf = (): Engine => {
    if (made.engine === null) throw new UnwedgeError("internal", "the engine is made first");
    return made.engine;
  };
  const queue = new RunQueue({
    redisUrl,
    history,
    log,
    nowMs,
    execute: (id, signal) => engineOf().execute(id, signal),
  });
  const fleet = delegated(engineOf);
  const api = await buildApi({
    ...{ token, history, told, queue, fleet, shelf, films, log, nowMs, newId },
    idempotency: new Idempotency(link.redis),
    engine: () => engineOf().kind,
    lacks: (scenario, foreign) => engineOf().lacks(scenario, foreign),
    page: () => pageOf(options.page),
    missing: () => missingOf(link, engineOf()),
    metrics: () =>
      measured({ link, history, engine: engineOf(), feed: made.feed?.counts ?? NO_PAGES }),
    kernelMetrics: (node) => kernelOf(fleet, node),
    nodeLog: (query) => nodeLog(link.redis, query),
    wipe: () => wipe(link.redis, history),
    down: options.onDown,
  });
  const { server } = api;
  const watch = new CampaignWatch({
    redis: link.redis,
    changed: () => made.feed?.campaignsChange(),
    nowMs,
  });
  const feed = new Feed({
    ...{ server, history, told, films, log },
    faults: () => fleet.faults(),
    campaigns: () => watch.campaigns,
  });
  made.feed = feed;
  made.engine = options.engine({ redis: link.redis, history, shelf, screen: feed, server, token });
  const url = await listening(api, options);
  await ready(link, queue, log);
  const close = onlyOnce(async (): Promise<void> => {
    await queue.close();
    await fleet.healAll().catch((error: unknown) => log.warn({ err: String(error) }, "not healed"));
    await engineOf().close();
    watch.close();
    feed.close();
    api.server.closeAllConnections();
    await api.close();
    link.close();
  });
  return { url, history, told, feed, engine: engineOf(), close };
}

/** Done when it is first asked for, and never again. */
function onlyOnce(work: () => Promise<void>): () => Promise<void> {
  let begun: Promise<void> | null = null;
  return () => {
    begun ??= work();
    return begun;
  };
}

const pageOf = (page: () => Promise<string>): Promise<string> =>
  page().catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new Problem(503, `${why}; meanwhile there is a plain page at /status`);
  });

const missingOf = (link: RedisLink, engine: Engine): string[] => [
  ...(link.isThere ? [] : ["Redis does not answer"]),
  ...(link.complaint === null ? [] : [link.complaint]),
  ...engine.missing(),
];

const NO_PAGES: FeedCounts = { pages: 0, dropped: 0, putOff: 0 };

const measured = (of: {
  readonly link: RedisLink;
  readonly history: History;
  readonly engine: Engine;
  readonly feed: FeedCounts;
}): Promise<string> =>
  metricsText({
    nodes: of.engine.fleet.nodes(),
    faults: of.engine.fleet.faults(),
    runs: of.history.list(),
    isRedisThere: of.link.isThere,
    engine: of.engine.kind,
    lostWrites: of.history.lostWrites + of.engine.lostWrites(),
    feed: of.feed,
  });

/** How long a coordinator that starts waits for Redis before it says that it is not there, in ms. */
const REDIS_START_MS = 15_000;

async function ready(link: RedisLink, queue: RunQueue, log: Logger): Promise<void> {
  const signal = AbortSignal.timeout(REDIS_START_MS);
  try {
    if (!link.isThere) await once(link.redis, "ready", { signal });
    await queue.ready(signal);
  } catch (cause) {
    throw new UnwedgeError("unavailable", "Redis does not answer", { cause });
  }
  await queue.recover().catch((error: unknown) => {
    log.error({ err: String(error) }, "runs that waited could not be queued again");
  });
}

async function listening(api: FastifyInstance, options: CoordinatorOptions): Promise<string> {
  const { host, port } = options;
  try {
    await api.listen({ host, port });
  } catch (cause) {
    throw new UnwedgeError("unavailable", `${host}:${port}: cannot listen there`, { cause });
  }
  const address = api.server.address();
  const bound = address === null || typeof address === "string" ? port : address.port;
  return `http://${host === "0.0.0.0" ? "127.0.0.1" : host}:${bound}`;
}

/** The API is built before the engine, which needs its server. */
function delegated(engineOf: () => Engine): Fleet {
  const fleet = (): Fleet => engineOf().fleet;
  return {
    nodes: () => fleet().nodes(),
    proc: (node, view) => fleet().proc(node, view),
    dmesg: (node, timeoutS) => fleet().dmesg(node, timeoutS),
    faults: () => fleet().faults(),
    addFault: (wish) => fleet().addFault(wish),
    renewFault: (id, leaseMs) => fleet().renewFault(id, leaseMs),
    healFault: (id) => fleet().healFault(id),
    healAll: () => fleet().healAll(),
  };
}

async function kernelOf(fleet: Fleet, node: string): Promise<string> {
  if (!fleet.nodes().some(({ name }) => name === node))
    throw new Problem(404, `${node}: no such node`);
  const texts = await Promise.all(
    KERNEL_VIEWS.map(async (view) => [view, await fleet.proc(node, view)] as const),
  );
  const byView = new Map<KernelView, string>(texts);
  const of = (view: KernelView): string => byView.get(view) ?? "";
  return await kernelMetrics(node, {
    meminfo: of("meminfo"),
    vmstat: of("vmstat"),
    netstat: of("netstat"),
    snmp: of("snmp"),
    sockstat: of("sockstat"),
    "pressure/cpu": of("pressure/cpu"),
    "pressure/io": of("pressure/io"),
    "pressure/memory": of("pressure/memory"),
  });
}
