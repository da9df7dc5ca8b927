// The HTTP API: what the page does, a script can do. Described by itself at /openapi.json.
//
// Whoever asks may read; who changes something shows the token. Every refusal is a problem+json and changes nothing.

import swagger from "@fastify/swagger";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import packageJson from "../../package.json" with { type: "json" };
import { PROBLEM_TYPE, Problem, problemBody, problemOf } from "./problem.ts";
import { addClusterRoutes } from "./routes-cluster.ts";
import { addFaultRoutes } from "./routes-faults.ts";
import { addHealthRoutes } from "./routes-health.ts";
import { addNodeRoutes } from "./routes-nodes.ts";
import { addPageRoutes } from "./routes-page.ts";
import { addRunRoutes } from "./routes-runs.ts";
import type { Services } from "./services.ts";
import { addStatusPage } from "./status-page.ts";
import { bearerOf, isToken } from "./token.ts";

/** Largest body that is read, in bytes: a run's settings, not files. */
const BODY_BYTES_MAX = 64 * 1024;
/** Longest value in a path, in characters. */
const PARAM_MAX = 128;
const OPEN_METHODS = ["GET", "HEAD", "OPTIONS"];

export async function buildApi(services: Services): Promise<FastifyInstance> {
  const api = fastify({
    loggerInstance: services.log,
    bodyLimit: BODY_BYTES_MAX,
    routerOptions: { maxParamLength: PARAM_MAX },
    // A client that sends a byte a minute holds no request open.
    requestTimeout: 30_000,
    frameworkErrors: (error, _request, reply) => {
      refuse(error, reply);
    },
  });
  // Bodies are judged by zod, with its sentences; schemas in routes describe, they do not judge.
  api.setValidatorCompiler(() => () => true);
  api.setSerializerCompiler(() => (data) => JSON.stringify(data));
  api.setErrorHandler((error, request, reply) => {
    if (refuse(error, reply).status === 500) request.log.error({ err: error }, "a request failed");
  });
  api.setNotFoundHandler((request) => {
    throw new Problem(404, `${request.method} ${pathOf(request)}: nothing is there`);
  });
  api.addHook("onRequest", async (request) => admit(request, services.token));
  await api.register(swagger, {
    openapi: {
      info: {
        title: "Unwedge",
        version: packageJson.version,
        description: packageJson.description,
        license: { name: packageJson.license },
      },
      components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
    },
  });
  await api.register((inside, _, done) => {
    addHealthRoutes(inside, services);
    addNodeRoutes(inside, services);
    addFaultRoutes(inside, services);
    addRunRoutes(inside, services);
    addClusterRoutes(inside, services);
    addStatusPage(inside, services);
    addPageRoutes(inside, services);
    inside.get("/openapi.json", { schema: { hide: true } }, () => api.swagger());
    done();
  });
  return api;
}

function refuse(error: unknown, reply: FastifyReply): Problem {
  const problem = problemOf(error);
  void reply
    .code(problem.status)
    .type(PROBLEM_TYPE)
    .send(JSON.stringify(problemBody(problem)));
  return problem;
}

/** Who changes something shows the token. Before the body is read: nobody without it makes us read 64 KiB. */
function admit(request: FastifyRequest, token: string): void {
  if (OPEN_METHODS.includes(request.method)) return;
  const given = bearerOf(request.headers.authorization);
  if (given === null || !isToken(given, token))
    throw new Problem(401, "changing something needs the header Authorization: Bearer TOKEN");
}

const pathOf = (request: FastifyRequest): string => request.url.split("?")[0]?.slice(0, 200) ?? "";
