import type { PolicySpec } from "../../spec.ts";
import { criticalPool2005 } from "./critical-pool-2005.ts";
import { lowWatermarkCritical2005 } from "./low-watermark-critical-2005.ts";
import { mainline61 } from "./mainline-6-1.ts";
import { minFree20 } from "./min-free-20.ts";
import { phillips2005 } from "./phillips-2005.ts";
import { preallocatedSkb2005 } from "./preallocated-skb-2005.ts";
import { recursiveReclaim2007 } from "./recursive-reclaim-2007.ts";
import { swapnbdV9 } from "./swapnbd-v9.ts";
import { vanilla2007 } from "./vanilla-2007.ts";
import { vanillaNbd } from "./vanilla-nbd.ts";
import { zijlstra2007 } from "./zijlstra-2007.ts";

/** Every system of the threads, each a combination of decisions. To add one: a file, a line here, a test. */
export const presets = {
  "critical-pool-2005": criticalPool2005,
  "low-watermark-critical-2005": lowWatermarkCritical2005,
  "mainline-6.1": mainline61,
  "min-free-20": minFree20,
  "phillips-2005": phillips2005,
  "preallocated-skb-2005": preallocatedSkb2005,
  "recursive-reclaim-2007": recursiveReclaim2007,
  "swapnbd-v9": swapnbdV9,
  "vanilla-2007": vanilla2007,
  "vanilla-nbd": vanillaNbd,
  "zijlstra-2007": zijlstra2007,
} as const satisfies Record<string, PolicySpec>;

export type PresetName = keyof typeof presets;
