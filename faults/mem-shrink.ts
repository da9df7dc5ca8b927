import { PAGE_BYTES } from "#base/units.ts";
import { argOf, type Fault } from "./fault.ts";

// A hypervisor wants memory back: the host's balloon takes pages, and gives them back when the fault heals.
export const memShrink: Fault = {
  name: "mem.shrink",
  summary: "Takes memory away from the host until the fault heals, page by page.",
  target: "host",
  args: {
    size: { dimension: "size", about: "what is taken, as far as there is so much", default: null },
  },
  effect: { on: "balloon", pages: (args) => Math.floor(argOf(args, "size") / PAGE_BYTES) },
  receipt: { counter: "balloonPages", means: "the balloon got a page" },
};
