// The engine that the coordinator runs with.

import type { Logger } from "pino";
import { Publisher } from "../../nodes/telemetry/publisher.ts";
import { forkNode, type SocketsRunOptions } from "../engine/index.ts";
import type { Engine, EngineGiven } from "../engine-port.ts";
import { clusterSite } from "./cluster-site.ts";
import { LiveEngine } from "./live-engine.ts";
import { ProcessRun } from "./process-run.ts";
import { callerOf, type LiveKind, type Site, selfContained } from "./site.ts";
import { VirtualRun } from "./virtual-run.ts";

export { LIVE_KINDS, type LiveKind } from "./site.ts";

export const liveEngine =
  (log: Logger, kind: LiveKind) =>
  (given: EngineGiven): Engine => {
    const { redis, history, shelf, screen } = given;
    const nowMs = (): number => Date.now();
    const site = siteOf(kind, { ...given, log, nowMs });
    const publisher = new Publisher(redis);
    return new LiveEngine({ history, shelf, screen, log, publisher, site, nowMs });
  };

function siteOf(
  kind: LiveKind,
  given: Pick<EngineGiven, "server" | "token"> & { readonly log: Logger; nowMs: () => number },
): Site {
  switch (kind) {
    case "cluster":
      return clusterSite(given);
    case "sockets":
      return selfContained(kind, (of) => new ProcessRun(onThisHost(of)));
    case "virtual":
      return selfContained(kind, (of) => new VirtualRun(of));
  }
}

const onThisHost = (of: Parameters<Site["makeRun"]>[0]): SocketsRunOptions => ({
  ...of,
  foreign: of.foreign.map(callerOf),
  nodeFor: () => forkNode(),
});
