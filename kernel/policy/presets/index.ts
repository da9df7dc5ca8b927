import type { PolicySpec } from "../../spec.ts";
import { mainline61 } from "./mainline-6-1.ts";
import { swapnbdV9 } from "./swapnbd-v9.ts";
import { vanilla2007 } from "./vanilla-2007.ts";

/** Every system of the threads, each a combination of decisions. To add one: a file, a line here, a test. */
export const presets = {
  "mainline-6.1": mainline61,
  "swapnbd-v9": swapnbdV9,
  "vanilla-2007": vanilla2007,
} as const satisfies Record<string, PolicySpec>;

export type PresetName = keyof typeof presets;
