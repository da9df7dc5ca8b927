// Redis in JavaScript, in this process: so that a cluster starts where no Redis is. Some twenty queue jobs a second, which is
// enough for one cluster on one machine and for nothing else.

import { once } from "node:events";
import type { Socket } from "node:net";
import { createRedisServer } from "js-redis-server";
import type { RedisHandle } from "./handle.ts";

export async function startEmbedded(): Promise<RedisHandle> {
  const redis = await createRedisServer();
  const { server } = redis.server;
  // It listens on every address and has no password: nobody has been told its port yet, so it moves to one that is ours.
  server.close();
  await once(server, "close");
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // Nobody is waited for: a client that stays would keep it from ever closing.
  const clients = new Set<Socket>();
  server.on("connection", (socket) => {
    clients.add(socket);
    socket.once("close", () => clients.delete(socket));
  });
  let closing: Promise<void> | null = null;
  return {
    url: `redis://127.0.0.1:${redis.server.getPort()}`,
    kind: "embedded",
    said: "Redis: none found, so one in JavaScript, the slow mode (install redis-server or set REDIS_URL)",
    close: () => {
      closing ??= redis.close();
      for (const client of clients) client.destroy();
      return closing;
    },
  };
}
