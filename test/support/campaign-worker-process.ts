// A worker of campaigns as a process of its own, whose batches others have soon after it was killed. It ends with who forked it.

import { CampaignWorker } from "#coordinator/index.ts";

const [, , redisUrl = "", lockMs = ""] = process.argv;
await CampaignWorker.start({
  ...{ redisUrl, urlName: "argument", threads: 1, lockMs: Number(lockMs) },
  say: () => undefined,
});
process.once("disconnect", () => process.exit());
process.send?.("ready");
