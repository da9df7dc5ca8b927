// How far campaigns are, told in Redis for whoever looks on: the page has a bar for each.
//
// Nobody's clock is compared with another's: a campaign counts its words, and whoever watches takes one that has said
// nothing new for a while for one that has ended.

import type { Redis } from "ioredis";
import type { StudyJob } from "#coordinator/study/index.ts";
import type { ToldCampaign } from "#sim/index.ts";
import { CAMPAIGN_SILENCE_MS, KEYS } from "#wire/keys.ts";

/** How often it is looked, in ms. */
const LOOK_EVERY_MS = 1_000;
const FILES_NAMED = 2;

/** `scenarios/x.yaml, scenarios/y.yaml and 3 more` */
export function campaignTitle(jobs: readonly Pick<StudyJob, "file">[]): string {
  const files = [...new Set(jobs.map(({ file }) => file))];
  const more = files.length - FILES_NAMED;
  return files.slice(0, FILES_NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** What a campaign says of itself. */
export class CampaignBoard {
  readonly #redis: Redis;
  readonly #id: string;
  #words = 0;

  constructor(redis: Redis, id: string) {
    this.#redis = redis;
    this.#id = id;
  }

  async tell(told: Omit<ToldCampaign, "id">): Promise<void> {
    const said = JSON.stringify({ ...told, words: ++this.#words });
    await this.#redis.hset(KEYS.campaigns.key, this.#id, said);
  }

  /** It goes on no more. */
  async clear(): Promise<void> {
    if (this.#redis.status === "ready") await this.#redis.hdel(KEYS.campaigns.key, this.#id);
  }
}

export interface WatchParts {
  readonly redis: Redis;
  /** Others are told than before. */
  readonly changed: () => void;
  readonly nowMs: () => number;
}

/** Who watches. */
export class CampaignWatch {
  readonly #parts: WatchParts;
  readonly #heard = new Map<string, { readonly said: string; readonly atMs: number }>();
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;
  campaigns: readonly ToldCampaign[] = [];

  constructor(parts: WatchParts) {
    this.#parts = parts;
    this.#again();
  }

  /** What each has said last; Redis away: nothing is heard, and the silent go. */
  async look(): Promise<void> {
    const { redis, changed, nowMs } = this.#parts;
    const said = await redis.hgetall(KEYS.campaigns.key).catch(() => ({}));
    for (const [id, text] of Object.entries(said))
      if (this.#heard.get(id)?.said !== text) this.#heard.set(id, { said: text, atMs: nowMs() });
    for (const [id, { atMs }] of this.#heard) {
      const isSilent = nowMs() - atMs > CAMPAIGN_SILENCE_MS;
      if (isSilent && id in said) await redis.hdel(KEYS.campaigns.key, id).catch(() => 0);
      if (isSilent || !(id in said)) this.#heard.delete(id);
    }
    const campaigns = [...this.#heard].flatMap(([id, { said: text }]) => toldOf(id, text));
    const isNews = JSON.stringify(campaigns) !== JSON.stringify(this.campaigns);
    this.campaigns = campaigns;
    if (isNews && !this.#isClosed) changed();
  }

  /** May be called twice. */
  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #again(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.look().then(
        () => this.#again(),
        () => this.#again(),
      );
    }, LOOK_EVERY_MS);
    this.#timer.unref();
  }
}

/** Another version of ours may have said it: nothing that we do not know is shown. */
function toldOf(id: string, text: string): ToldCampaign[] {
  try {
    const { title, runs, done } = JSON.parse(text);
    const isKnown = typeof title === "string" && Number.isFinite(runs) && Number.isFinite(done);
    return isKnown ? [{ id, title, runs, done }] : [];
  } catch {
    return [];
  }
}
