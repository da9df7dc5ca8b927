// How far campaigns are, as whoever watches Redis hears of it: each while it speaks, and none for long after.

import { tmpdir } from "node:os";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import {
  CampaignBoard,
  CampaignWatch,
  campaignTitle,
} from "#coordinator/campaign/campaign-board.ts";
import { openRedis } from "#coordinator/redis/choice.ts";
import type { RedisHandle } from "#coordinator/redis/handle.ts";
import { CAMPAIGN_SILENCE_MS, KEYS } from "#wire/keys.ts";

let handle: RedisHandle;
let redis: Redis;
beforeAll(async () => {
  handle = await openRedis({ url: null, serverPath: null, folder: tmpdir() });
  redis = new Redis(handle.url);
});
afterAll(async () => {
  redis.disconnect();
  await handle.close();
});
beforeEach(() => redis.del(KEYS.campaigns.key));

const SWEEP = { title: "scenarios/zijlstra-wedge.yaml", runs: 400, done: 0 };

/** Looks only when it is told to, under a clock of the test's. */
function watched() {
  const clock = { ms: 0 };
  const watch = new CampaignWatch({ redis, nowMs: () => clock.ms, changed: () => undefined });
  watch.close();
  return { clock, watch };
}

test("each is told while it goes on, and taken out when it has ended", async () => {
  const [one, other] = [new CampaignBoard(redis, "one"), new CampaignBoard(redis, "other")];
  const { watch } = watched();
  await one.tell(SWEEP);
  await other.tell({ ...SWEEP, done: 7 });
  await watch.look();
  expect(watch.campaigns).toEqual([
    { id: "one", ...SWEEP },
    { id: "other", ...SWEEP, done: 7 },
  ]);
  await one.clear();
  await watch.look();
  expect(watch.campaigns.map(({ id }) => id)).toEqual(["other"]);
});

test("one that was killed is taken out when it has said nothing for a while; one that says the same again is not", async () => {
  const [killed, slow] = [new CampaignBoard(redis, "killed"), new CampaignBoard(redis, "slow")];
  const { clock, watch } = watched();
  for (const board of [killed, slow]) await board.tell(SWEEP);
  await watch.look();
  clock.ms = CAMPAIGN_SILENCE_MS;
  await slow.tell(SWEEP);
  await watch.look();
  clock.ms += 1;
  await watch.look();
  expect(watch.campaigns.map(({ id }) => id)).toEqual(["slow"]);
  expect(await redis.hkeys(KEYS.campaigns.key)).toEqual(["slow"]);
});

test("what another version says is not shown", async () => {
  const { watch } = watched();
  await redis.hset(KEYS.campaigns.key, { broken: "{", other: JSON.stringify({ title: 1 }) });
  await watch.look();
  expect(watch.campaigns).toEqual([]);
});

test("it is named after its scenarios, two of them at most", () => {
  const jobs = ["a", "b", "a", "c", "d"].map((file) => ({ file }));
  expect(campaignTitle(jobs)).toBe("a, b and 2 more");
  expect(campaignTitle(jobs.slice(0, 3))).toBe("a, b");
});
