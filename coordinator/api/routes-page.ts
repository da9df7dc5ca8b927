// The page at /, as it was built, told by a mark in its head that machines run here. It may load and ask nothing but what is
// of this server.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { Services } from "./services.ts";

const FILES = ["index.css", "page.js", "worker.js"] as const;
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** What dashboard/main.ts looks for. */
const MARK = '<meta name="unwedge-feed" content="live">';

export function addPageRoutes(api: FastifyInstance, { page }: Services): void {
  // Where the files are is known when they are asked for: they may have to be built first.
  void api.register(fastifyStatic, { root: process.cwd(), serve: false });
  api.get("/", { schema: { hide: true } }, async (_, reply) => {
    const html = await readFile(join(await page(), "index.html"), "utf8");
    return guarded(reply)
      .type("text/html; charset=utf-8")
      .send(html.replace("<head>", `<head>\n${MARK}`));
  });
  for (const name of FILES)
    api.get(`/${name}`, { schema: { hide: true } }, async (_, reply) =>
      guarded(reply).sendFile(name, await page()),
    );
}

const guarded = (reply: FastifyReply): FastifyReply =>
  reply
    .header("content-security-policy", POLICY)
    .header("x-content-type-options", "nosniff")
    .header("cache-control", "no-cache");
