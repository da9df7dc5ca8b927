// Faults by hand, each under a lease: who opens one and goes away leaves nothing broken behind.

import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { LEASE_NS_MAX } from "#faults/index.ts";
import { described, Id, read, SECURED } from "./input.ts";
import type { Services } from "./services.ts";

const lease = z
  .number()
  .positive()
  .max(LEASE_NS_MAX / 1e9)
  .describe("seconds until it heals itself");

const Wish = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z]+\.[a-z-]+$/, "not the name of a fault")
    .max(40),
  target: z.string().min(1).max(140).describe("as scenarios write it: A->C, C"),
  args: z.record(z.string().max(40), z.string().max(40)).default({}).describe("as 250 ms, 3 %"),
  lease,
});
const Lease = z.strictObject({ lease });
const Fault = z.object({ id: Id });

export function addFaultRoutes(api: FastifyInstance, { fleet, idempotency }: Services): void {
  api.get("/api/v1/faults", { schema: { summary: "Faults that are open" } }, () => ({
    faults: fleet.faults(),
  }));
  api.post(
    "/api/v1/faults",
    { schema: { summary: "Open a fault", body: described(Wish), ...SECURED } },
    async ({ headers, body }, reply) => {
      const { lease: leaseS, ...wish } = read(Wish, body, "body");
      const { status, body: answer } = await idempotency.answer(
        keyOf(headers),
        ["fault", body],
        async () => ({
          status: 201,
          body: await fleet.addFault({ ...wish, leaseMs: Math.round(leaseS * 1000) }),
        }),
      );
      return reply.code(status).send(answer);
    },
  );
  api.put(
    "/api/v1/faults/:id/lease",
    { schema: { summary: "Keep a fault open for longer", body: described(Lease), ...SECURED } },
    async ({ params, body }) => {
      const { id } = read(Fault, params, "path");
      return await fleet.renewFault(id, Math.round(read(Lease, body, "body").lease * 1000));
    },
  );
  api.delete(
    "/api/v1/faults/:id",
    { schema: { summary: "Heal a fault", ...SECURED } },
    async ({ params }, reply) => {
      await fleet.healFault(read(Fault, params, "path").id);
      return reply.code(204).send();
    },
  );
  api.post("/api/v1/heal", { schema: { summary: "Heal all faults", ...SECURED } }, async () => ({
    healed: await fleet.healAll(),
  }));
}

/** The key of a request that may be sent twice; a header given twice is no key. */
export function keyOf(headers: Readonly<Record<string, unknown>>): string | undefined {
  const key = headers["idempotency-key"];
  return typeof key === "string" ? key : undefined;
}
