// Scenarios, runs, and what happens in a run: as pages of events, or as a stream of them (server-sent events).

import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import { engineRefusal, type ResolvedScenario, sessionYaml } from "#coordinator/scenario/index.ts";
import { presets } from "#kernel/index.ts";
import type { LiveKind } from "../live/site.ts";
import { handOrdersOf } from "../runs/hand-orders.ts";
import { newRecord, type RunRecord, RunRequest } from "../runs/record.ts";
import { Count, described, Id, Name, read, SECURED } from "./input.ts";
import { Problem } from "./problem.ts";
import { keyOf } from "./routes-faults.ts";
import type { Services } from "./services.ts";
import { stream } from "./sse.ts";

const Run = z.object({ id: Id });
const Page = z.object({
  after: Count.default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
});
const Listed = z.object({ limit: z.coerce.number().int().min(1).max(200).default(50) });

export function addRunRoutes(api: FastifyInstance, services: Services): void {
  const { history, queue, shelf, films } = services;
  api.get("/api/v1/scenarios", { schema: { summary: "Shipped scenarios" } }, () => ({
    scenarios: shelf.list(),
    policies: Object.keys(presets),
  }));
  api.get(
    "/api/v1/scenarios/:name",
    { schema: { summary: "One of them, as it is" } },
    (request, reply) => {
      const { name } = read(z.object({ name: Name }), request.params, "path");
      return reply.type("application/yaml").send(shelf.text(name));
    },
  );
  api.get("/api/v1/runs", { schema: { summary: "Runs, newest first" } }, ({ query }) => {
    const { limit } = read(Listed, query, "query");
    return { runs: history.list().slice(0, limit).map(short) };
  });
  api.post(
    "/api/v1/runs",
    { schema: { summary: "Ask for a run", body: described(RunRequest), ...SECURED } },
    async (request, reply) => asked(services, request.headers, request.body, reply),
  );
  api.get(
    "/api/v1/runs/:id",
    { schema: { summary: "One run, all that is known of it" } },
    ({ params }) => runOf(services, params),
  );
  api.delete(
    "/api/v1/runs/:id",
    { schema: { summary: "End a run, or remove one that has ended", ...SECURED } },
    async ({ params }, reply) => {
      const { id } = runOf(services, params);
      if (!(await queue.cancel(id))) history.remove(id);
      return reply.code(204).send();
    },
  );
  api.get(
    "/api/v1/runs/:id/scenario",
    {
      schema: { summary: "What was run, with all that was done by hand, as a scenario by itself" },
    },
    ({ params }, reply) => reply.type("application/yaml").send(sessionOf(services, params)),
  );
  api.get(
    "/api/v1/runs/:id/film",
    { schema: { summary: "What was to be seen of a run that is over, as the page shows it" } },
    ({ params }, reply) => {
      const { id } = runOf(services, params);
      if (!films.has(id)) throw new Problem(404, `${id}: no film of it was kept`);
      return reply.type("application/json").header("content-encoding", "gzip").send(films.read(id));
    },
  );
  api.get(
    "/api/v1/runs/:id/events",
    { schema: { summary: "Events after a number" } },
    (request) => {
      const { id } = runOf(services, request.params);
      const { after, limit } = read(Page, request.query, "query");
      return {
        events: history
          .events(id)
          .filter(({ n }) => n > after)
          .slice(0, limit),
      };
    },
  );
  api.get(
    "/api/v1/runs/:id/stream",
    { schema: { summary: "Events as they happen (text/event-stream); Last-Event-ID resumes" } },
    (request, reply) => stream(services, runOf(services, request.params).id, request, reply),
  );
}

/** A run of a list: without what is long. */
const short = ({ report: _, ...record }: RunRecord): Omit<RunRecord, "report"> => record;

function runOf({ history }: Services, params: unknown): RunRecord {
  const { id } = read(Run, params, "path");
  const record = history.get(id);
  if (record === null) throw new Problem(404, `${id}: no such run`);
  return record;
}

/** As far as it has come. */
function sessionOf(services: Services, params: unknown): string {
  const { history, shelf } = services;
  const { id, request, seed, verdict } = runOf(services, params);
  const scenario = shelf.resolve(request);
  const orders = handOrdersOf(history.events(id));
  return sessionYaml({ scenario, seed: seed ?? scenario.seed, orders, verdict });
}

async function asked(
  { history, queue, shelf, engine, lacks, idempotency, nowMs, newId }: Services,
  headers: Readonly<Record<string, unknown>>,
  body: unknown,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const wish = read(RunRequest, body, "body");
  const answer = await idempotency.answer(keyOf(headers), ["run", body], async () => {
    const scenario = shelf.resolve(wish);
    const refusal = engineRefusal(scenario, engine());
    if (refusal !== null) throw new Problem(422, refusal, { allow: scenario.engine.allow });
    const stranger = foreignRefusal(scenario, wish.foreign, engine());
    if (stranger !== null) throw new Problem(422, stranger);
    const lack = lacks(scenario, wish.foreign);
    if (lack !== null)
      throw new Problem(503, lack.sentence, { missing: lack.missing, nodes: lack.nodes });
    const record = newRecord(newId(), wish, nowMs());
    history.put(record);
    history.add(record.id, { type: "queued", request: wish });
    await queue.add(record.id).catch(() => {
      history.remove(record.id);
      throw new Problem(
        503,
        "Redis does not answer, so the run could not be queued; nothing was done",
      );
    });
    return { status: 202, body: short(record) };
  });
  return reply.code(answer.status).send(answer.body);
}

/** Why those hosts cannot be somebody else's; null: they can. */
function foreignRefusal(
  { id, cluster }: ResolvedScenario,
  foreign: readonly string[],
  kind: LiveKind,
): string | null {
  if (foreign.length > 0 && kind === "virtual")
    return "foreign: nobody can call a machine in virtual time";
  const unknown = foreign.find((name) => !cluster.hosts.some((host) => host.name === name));
  return unknown === undefined ? null : `foreign: ${unknown} is no host of ${id}`;
}
