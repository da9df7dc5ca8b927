// Nodes, and what their emulated machines would show under /proc.

import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { FleetNode } from "../fleet/fleet.ts";
import { foldFleet } from "../fleet/fold.ts";
import { Count, Name, read } from "./input.ts";
import { Problem } from "./problem.ts";
import type { Services } from "./services.ts";

const Node = z.object({ node: Name });
const View = z.object({ node: Name, "*": z.string().regex(/^[a-z]+(\/[a-z]+)?$/, "not a view") });
const Watch = z.object({ hungTaskTimeout: Count.default(120) });
/** Said beside each text that looks as if a kernel had printed it. */
const EMULATED = "x-unwedge-emulated";

export function addNodeRoutes(api: FastifyInstance, { fleet }: Services): void {
  api.get("/api/v1/nodes", { schema: { summary: "All nodes, and the fleet as one" } }, () => {
    const nodes = fleet.nodes();
    return { nodes, fleet: foldFleet(nodes) };
  });
  api.get("/api/v1/nodes/:node", { schema: { summary: "One node" } }, ({ params }) =>
    nodeOf(fleet.nodes(), read(Node, params, "path").node),
  );
  api.get(
    "/api/v1/nodes/:node/proc/*",
    { schema: { summary: "A file under /proc, as an emulated machine would have it" } },
    async ({ params }, reply) => {
      const { node, "*": view } = read(View, params, "path");
      const text = await fleet.proc(nodeOf(fleet.nodes(), node).name, view);
      return reply.header(EMULATED, node).type("text/plain; charset=utf-8").send(text);
    },
  );
  api.get(
    "/api/v1/nodes/:node/dmesg",
    { schema: { summary: "What Linux would have written to its log" } },
    async ({ params, query }, reply) => {
      const { node } = read(Node, params, "path");
      const { hungTaskTimeout } = read(Watch, query, "query");
      const text = await fleet.dmesg(nodeOf(fleet.nodes(), node).name, hungTaskTimeout);
      return reply.header(EMULATED, node).type("text/plain; charset=utf-8").send(text);
    },
  );
}

function nodeOf(nodes: readonly FleetNode[], name: string): FleetNode {
  const node = nodes.find((known) => known.name === name);
  if (node !== undefined) return node;
  throw new Problem(404, `${name}: no such node`, { nodes: nodes.map((known) => known.name) });
}
