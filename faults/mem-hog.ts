import { PAGE_BYTES } from "#base/units.ts";
import { argOf, type Fault } from "./fault.ts";

// A program that nobody asked for, beside the host's own: it writes all of its memory again and again, until it is killed.
export const memHog: Fault = {
  name: "mem.hog",
  summary: "Runs a program that writes memory on the host, and kills it when the fault heals.",
  target: "host",
  args: {
    size: { dimension: "size", about: "memory it writes", default: null },
    touch: { dimension: "rate", about: "pages it writes, once it has them all", default: null },
  },
  effect: {
    on: "hog",
    hog: (args) => ({
      pages: Math.max(1, Math.floor(argOf(args, "size") / PAGE_BYTES)),
      touchPerSec: argOf(args, "touch"),
    }),
  },
  receipt: { counter: "hogPages", means: "the program wrote a page" },
};
