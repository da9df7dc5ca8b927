// The small cluster, watched: through a flood and an outage, or as a test likes.

import { fromMs } from "#base/units.ts";
import { type PresetName, presets } from "#kernel/index.ts";
import { type WatchOptions, type World, WorldWatch } from "#sim/index.ts";
import { changeWay, smallWorld } from "./small-world.ts";

export const OUTAGE_NS = fromMs(200);
export const HEALED_NS = fromMs(320);
const CALM_NS = fromMs(360);

export interface Watched {
  readonly world: World;
  readonly watch: WorldWatch;
}

/** Booted, and looked at from its first event on. */
export function watched(policy: PresetName, options: WatchOptions = {}): Watched {
  const watch = new WorldWatch(options);
  const world = smallWorld({ policy: presets[policy], seed: 1, afterEach: watch.look });
  watch.begin(world.machines);
  world.boot();
  return { world, watch };
}

/** Flood from the beginning, C away for a while, then no flood. */
export function throughOutage(world: World): void {
  world.runUntil(OUTAGE_NS);
  changeWay(world, { cut: true });
  world.runUntil(HEALED_NS);
  changeWay(world, { cut: false });
  world.runUntil(CALM_NS);
  world.tell("B", { type: "load", name: "flood", action: "stop" });
}
