// Every fault by name. To add one: a file, a line here, a test.

import type { Fault } from "./fault.ts";
import { linkBandwidth } from "./link-bandwidth.ts";
import { linkCut } from "./link-cut.ts";
import { linkHold } from "./link-hold.ts";
import { linkJitter } from "./link-jitter.ts";
import { linkLatency } from "./link-latency.ts";
import { linkLoss } from "./link-loss.ts";
import { linkPartition } from "./link-partition.ts";
import { linkReset } from "./link-reset.ts";
import { loadChange } from "./load-change.ts";
import { loadStart } from "./load-start.ts";
import { loadStop } from "./load-stop.ts";
import { memHog } from "./mem-hog.ts";
import { memShrink } from "./mem-shrink.ts";
import { nodeKill } from "./node-kill.ts";
import { nodePause } from "./node-pause.ts";
import { nodeRestart } from "./node-restart.ts";
import { swapAmnesia } from "./swap-amnesia.ts";
import { swapCorrupt } from "./swap-corrupt.ts";
import { swapCrash } from "./swap-crash.ts";
import { swapDisconnect } from "./swap-disconnect.ts";
import { swapEio } from "./swap-eio.ts";
import { swapEnospc } from "./swap-enospc.ts";
import { swapHang } from "./swap-hang.ts";
import { swapRefuse } from "./swap-refuse.ts";
import { swapSlow } from "./swap-slow.ts";
import { swapStall } from "./swap-stall.ts";
import { swapThrottle } from "./swap-throttle.ts";
import { swapUnreachable } from "./swap-unreachable.ts";

export const faults = {
  "swap.unreachable": swapUnreachable,
  "swap.stall": swapStall,
  "swap.slow": swapSlow,
  "swap.throttle": swapThrottle,
  "swap.eio": swapEio,
  "swap.enospc": swapEnospc,
  "swap.corrupt": swapCorrupt,
  "swap.refuse": swapRefuse,
  "swap.disconnect": swapDisconnect,
  "swap.hang": swapHang,
  "swap.crash": swapCrash,
  "swap.amnesia": swapAmnesia,
  "link.cut": linkCut,
  "link.hold": linkHold,
  "link.reset": linkReset,
  "link.partition": linkPartition,
  "link.latency": linkLatency,
  "link.jitter": linkJitter,
  "link.loss": linkLoss,
  "link.bandwidth": linkBandwidth,
  "node.pause": nodePause,
  "node.kill": nodeKill,
  "node.restart": nodeRestart,
  "mem.shrink": memShrink,
  "mem.hog": memHog,
  "load.start": loadStart,
  "load.stop": loadStop,
  "load.change": loadChange,
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;

export function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(faults, name);
}
