// What is said of a film at an instant: working, stalled, closed, or what it was judged.

import type { Frame } from "#sim/index.ts";
import type { Reel } from "./reel.ts";

export interface Standing {
  /** Also a CSS class. */
  readonly tone: "well" | "warn" | "bad" | "open";
  /** Never by colour alone. */
  readonly sign: string;
  readonly word: string;
  readonly definition: string;
}

/** Without useful progress for this long a person is told. */
const STALLED_NS = 500_000_000;

export function standingAt(reel: Reel, frame: Frame): Standing {
  const { end, closure } = reel;
  if (end !== null && frame.atNs >= end.atNs)
    return judged(end.result.verdict, end.result.certainty);
  if (closure !== null && frame.atNs >= closure.atNs)
    return {
      tone: "bad",
      sign: "✕",
      word: "knot closed",
      definition:
        "By this instant at the latest it is proven that nobody in the knot can ever move, though it has not been judged yet.",
    };
  if (frame.atNs - frame.usefulAtNs >= STALLED_NS)
    return {
      tone: "warn",
      sign: "‖",
      word: "stalled",
      definition:
        "No useful progress for half a second or more. While a fault is open that is no verdict.",
    };
  return {
    tone: "open",
    sign: "▸",
    word: "working",
    definition: "Requests are answered, pages come from swap, or tasks finish.",
  };
}

const DEFINITIONS = {
  recovers: "Every fault healed and the load over, useful progress came back.",
  completes: "Every finite task finished.",
  degraded: "There is progress, but less than was asked for.",
  wedged: "No useful progress, for ever, though every fault is healed and the load is over.",
  oom: "The OOM killer had to free memory.",
  inconclusive: "What the scenario is about did not happen, so nothing was shown.",
} as const;

function judged(verdict: keyof typeof DEFINITIONS, certainty: string | null): Standing {
  const definition = DEFINITIONS[verdict];
  switch (verdict) {
    case "recovers":
    case "completes":
      return { tone: "well", sign: "✓", word: verdict, definition };
    case "wedged":
      return {
        tone: "bad",
        sign: "✕",
        word: certainty === null ? verdict : `${verdict} (${certainty})`,
        definition,
      };
    case "oom":
      return { tone: "bad", sign: "✕", word: verdict, definition };
    case "degraded":
    case "inconclusive":
      return { tone: "warn", sign: "?", word: verdict, definition };
  }
}
