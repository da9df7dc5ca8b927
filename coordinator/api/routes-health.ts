// Is it alive, is it of use, and what does it measure.

import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { Name, read } from "./input.ts";
import { Problem } from "./problem.ts";
import type { Services } from "./services.ts";

/** prom-client's content type for the text format. */
const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export function addHealthRoutes(api: FastifyInstance, services: Services): void {
  api.get("/healthz", { schema: { summary: "Is the process alive?" } }, () => ({ status: "ok" }));
  api.get("/readyz", { schema: { summary: "Is everything there that a run needs?" } }, () => {
    const missing = services.missing();
    if (missing.length > 0) throw new Problem(503, `missing: ${missing.join("; ")}`, { missing });
    return { status: "ready" };
  });
  api.get("/metrics", { schema: { summary: "Prometheus, unwedge_*" } }, async (_, reply) =>
    reply.type(METRICS_TYPE).send(await services.metrics()),
  );
  api.get(
    "/metrics/kernel",
    {
      schema: {
        summary: "Prometheus, node_* of one emulated machine, as node_exporter names them",
      },
    },
    async ({ query }, reply) => {
      const { node } = read(z.object({ node: Name }), query, "query");
      return reply.type(METRICS_TYPE).send(await services.kernelMetrics(node));
    },
  );
}
