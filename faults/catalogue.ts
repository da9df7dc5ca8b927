// Every fault by name. To add one: a file, a line here, a test.

import type { Fault } from "./fault.ts";
import { linkBandwidth } from "./link-bandwidth.ts";
import { linkCut } from "./link-cut.ts";
import { linkHold } from "./link-hold.ts";
import { linkLatency } from "./link-latency.ts";
import { linkLoss } from "./link-loss.ts";
import { loadStart } from "./load-start.ts";
import { loadStop } from "./load-stop.ts";
import { nodePause } from "./node-pause.ts";
import { swapSlow } from "./swap-slow.ts";
import { swapStall } from "./swap-stall.ts";
import { swapUnreachable } from "./swap-unreachable.ts";

export const faults = {
  "swap.unreachable": swapUnreachable,
  "swap.stall": swapStall,
  "swap.slow": swapSlow,
  "link.cut": linkCut,
  "link.hold": linkHold,
  "link.latency": linkLatency,
  "link.loss": linkLoss,
  "link.bandwidth": linkBandwidth,
  "node.pause": nodePause,
  "load.start": loadStart,
  "load.stop": loadStop,
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;

export function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(faults, name);
}
