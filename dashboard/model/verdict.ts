// What is said of a film at an instant: working, stalled, closed, or what it was judged.

import type { Verdict } from "#coordinator/scenario/index.ts";
import type { FilmEnd, Frame } from "#sim/index.ts";
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

/** What it was judged, from when it was on. A run may be judged between two frames: who sees the last one sees it over. */
export const verdictAt = ({ end, frames }: Reel, frame: Frame): FilmEnd | null =>
  end !== null && (frame.atNs >= end.atNs || frame === frames.at(-1)) ? end : null;

export function standingAt(reel: Reel, frame: Frame): Standing {
  const { closure } = reel;
  const end = verdictAt(reel, frame);
  if (end !== null) return judged(end.result.verdict, end.result.certainty);
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

type Kind = Pick<Standing, "tone" | "sign" | "definition">;

/** What each verdict looks like, and what it means. */
const KINDS = {
  recovers: {
    tone: "well",
    sign: "✓",
    definition: "Every fault healed and the load over, useful progress came back.",
  },
  completes: { tone: "well", sign: "✓", definition: "Every finite task finished." },
  degraded: {
    tone: "warn",
    sign: "?",
    definition: "There is progress, but less than was asked for.",
  },
  wedged: {
    tone: "bad",
    sign: "✕",
    definition: "No useful progress, for ever, though every fault is healed and the load is over.",
  },
  oom: { tone: "bad", sign: "✕", definition: "The OOM killer had to free memory." },
  inconclusive: {
    tone: "warn",
    sign: "?",
    definition: "What the scenario is about did not happen, so nothing was shown.",
  },
} satisfies Readonly<Record<Verdict, Kind>>;

const KIND_BY_NAME: ReadonlyMap<string, Kind> = new Map(Object.entries(KINDS));

/** A verdict of another version of ours. */
const UNKNOWN: Kind = {
  tone: "warn",
  sign: "·",
  definition: "This page does not know it: load it again.",
};

/** Of a run that was judged; `certainty`: of a wedge. */
export const judged = (verdict: string, certainty: string | null): Standing => ({
  ...(KIND_BY_NAME.get(verdict) ?? UNKNOWN),
  word: certainty === null ? verdict : `${verdict} (${certainty})`,
});

/** `✕ wedged (certain)` */
export function verdictText(verdict: string, certainty: string | null): string {
  const { sign, word } = judged(verdict, certainty);
  return `${sign} ${word}`;
}
