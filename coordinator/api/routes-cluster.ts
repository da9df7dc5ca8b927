// The cluster as a whole: what happened on its nodes, forget what is over, stop.

import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { Name, read, SECURED } from "./input.ts";
import { Problem } from "./problem.ts";
import type { Services } from "./services.ts";

const Asked = z.object({
  node: Name.optional(),
  after: z
    .string()
    .regex(/^\d{1,15}-\d{1,15}$/, "not the id of an event")
    .optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
});

export function addClusterRoutes(api: FastifyInstance, { nodeLog, wipe, down }: Services): void {
  api.get(
    "/api/v1/events",
    { schema: { summary: "What happened on nodes: the latest, or those after an id" } },
    async ({ query }) => {
      const { node = null, after = null, limit } = read(Asked, query, "query");
      return { events: await nodeLog({ node, after, limit }).catch(noRedis) };
    },
  );
  api.delete(
    "/api/v1/runs",
    { schema: { summary: "Forget every run that is over, and what nodes have said", ...SECURED } },
    async () => await wipe().catch(noRedis),
  );
  api.post(
    "/api/v1/down",
    { schema: { summary: "Heal every fault, end the run that goes on, stop", ...SECURED } },
    (_, reply) => {
      down();
      return reply.code(202).send({ status: "stopping" });
    },
  );
}

function noRedis(cause: unknown): never {
  if (cause instanceof Problem) throw cause;
  throw new Problem(503, "Redis does not answer; nothing was done");
}
