// Reads the samples of nodes from Redis as they come, and says when it is asked how old each was, in ms.
//
// Arguments: names of nodes. Environment: REDIS_URL.

import { Redis } from "ioredis";
import { samplesKey } from "#wire/keys.ts";

const names = process.argv.slice(2);
const redis = new Redis(process.env["REDIS_URL"] ?? "");
const last = new Map(names.map((name) => [samplesKey(name), "0"]));
const delaysMs: number[] = [];
let isOver = false;
process.on("message", () => process.send?.(delaysMs.splice(0)));
process.on("disconnect", () => {
  isOver = true;
  redis.disconnect();
});
await redis.ping();
process.send?.("ready");
while (!isOver) await read().catch(() => undefined);

async function read(): Promise<void> {
  const keys = [...last.keys()];
  const found = await redis.xread("BLOCK", 1000, "STREAMS", ...keys, ...last.values());
  const nowMs = Date.now();
  for (const [key, entries] of found ?? [])
    for (const [id, [, text = ""]] of entries) {
      last.set(key, id);
      const sample: unknown = JSON.parse(text);
      if (typeof sample === "object" && sample !== null && "atNs" in sample)
        delaysMs.push(nowMs - Number(sample.atNs) / 1e6);
    }
}
