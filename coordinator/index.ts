// The door of the coordinator.

export { Campaign } from "./campaign/campaign.ts";
export { CampaignWorker } from "./campaign/campaign-worker.ts";
export {
  type Coordinator,
  type CoordinatorOptions,
  startCoordinator,
} from "./coordinator.ts";
export type { Engine, EngineGiven } from "./engine-port.ts";
export { LIVE_KINDS, type LiveKind, liveEngine } from "./live/index.ts";
export { openRedis, type RedisWish } from "./redis/choice.ts";
export type { RedisHandle } from "./redis/handle.ts";
export { redisComplaint } from "./redis/policy.ts";
export type { RunRecord } from "./runs/record.ts";
