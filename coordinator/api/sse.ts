// A run's events as server-sent events: from the beginning, or after the number a client says it has, until the run ends.
// For people without socket.io: curl -N shows a run as it goes.
//
// A client that reads slowly is left behind, not waited for: when what it has not taken is too much the stream ends, and it
// comes again with the number of the last event it has.

import type { FastifyReply, FastifyRequest } from "fastify";
import type { RunEvent } from "../runs/record.ts";
import type { Services } from "./services.ts";

/** What may wait for one client, in bytes. */
const BEHIND_BYTES_MAX = 1 << 20;
/** A comment so often keeps proxies from closing a stream in which nothing happens, in ms. */
const ALIVE_EVERY_MS = 15_000;

export function stream(
  { history, told }: Pick<Services, "history" | "told">,
  id: string,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const given = Number(request.headers["last-event-id"] ?? 0);
  let lastN = Number.isSafeInteger(given) && given > 0 ? given : 0;
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  const end = (): void => {
    clearInterval(alive);
    told.off("event", onEvent);
    raw.end();
  };
  const send = (event: RunEvent): void => {
    if (event.n <= lastN) return;
    lastN = event.n;
    raw.write(`id: ${event.n}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    if (event.type === "ended" || raw.writableLength > BEHIND_BYTES_MAX) end();
  };
  const onEvent = (run: string, event: RunEvent): void => {
    if (run === id) send(event);
  };
  const alive = setInterval(() => raw.write(":\n\n"), ALIVE_EVERY_MS);
  raw.on("close", end);
  told.on("event", onEvent);
  for (const event of [...history.events(id)]) send(event);
  if (history.get(id)?.state === "ended") end();
}
