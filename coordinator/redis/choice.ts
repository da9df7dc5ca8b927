// Which Redis a cluster of local processes uses: the one that REDIS_URL names; else a redis-server of our own, if there is
// one on PATH; else one in JavaScript, which runs in this process. In that order, because the last one is slow.

import type { RedisHandle } from "./handle.ts";
import { redisHost } from "./policy.ts";
import { startServer } from "./server.ts";

export interface RedisWish {
  /** REDIS_URL; null: not set. */
  readonly url: string | null;
  /** Where redis-server is; null: nowhere on PATH. */
  readonly serverPath: string | null;
  /** A folder of our own for its port, its password and its data. */
  readonly folder: string;
  /** Port on 127.0.0.1; 0: any that is free. */
  readonly port?: number;
}

export async function openRedis(wish: RedisWish): Promise<RedisHandle> {
  if (wish.url !== null) return given(wish.url);
  if (wish.serverPath !== null) return startServer(wish.serverPath, wish.folder, wish.port ?? 0);
  const { startEmbedded } = await import("./embedded.ts");
  return startEmbedded();
}

function given(url: string): RedisHandle {
  return {
    url,
    kind: "given",
    said: `Redis: ${redisHost(url, "REDIS_URL")}, from REDIS_URL`,
    close: async () => undefined,
  };
}
