// The point of no return in words, and as an instant of the film.

import type { NoReturn } from "#sim/index.ts";
import { counted } from "./figures.ts";
import type { SoughtNoReturn } from "./reel.ts";

/** Since boot, in ns; null: there is none, or it is not known yet. */
export function noReturnNs(sought: SoughtNoReturn | null): number | null {
  const { openedNs, last } = sought?.found ?? {};
  return openedNs == null || last == null ? null : openedNs + last.afterNs;
}

export function noReturnText(sought: SoughtNoReturn): string {
  const { fault, trials, found } = sought;
  if (found !== null) return foundText(fault.id, found);
  const latest = trials.at(-1);
  return latest === undefined
    ? `Running up to ${fault.id} …`
    : `${counted(trials.length, "healing")} of ${fault.id} tried; the latest, ${exactly(latest.afterNs)} after it opened: ${latest.verdict} …`;
}

function foundText(fault: string, { openedNs, last, first, trials, ...found }: NoReturn): string {
  if (openedNs === null) return `${fault} never opened in this run.`;
  if (trials.length === 0) return `${found.verdict}: there is nothing to come back from.`;
  if (last === null || first === null)
    return `Lost as soon as ${fault} opens: healed at once it does not come back either.`;
  return [
    `Point of no return: ${exactly(openedNs + last.afterNs)}.`,
    `With ${fault} healed by then, ${exactly(last.afterNs)} after it opened: ${last.verdict}; healed at ${exactly(openedNs + first.afterNs)}: ${first.verdict}.`,
    ...(found.provenNs === null
      ? []
      : [`That nothing can move any more is proven at ${exactly(found.provenNs)}.`]),
    ...found.contradictionsNs.map(
      (ns) => `Not in order: healed after ${exactly(ns)} it comes back too.`,
    ),
    ...(found.isRepeated
      ? []
      : ["Runs from the beginning came to other digests: do not trust it."]),
  ].join(" ");
}

const exactly = (ns: number): string => `${(ns / 1e9).toFixed(2)} s`;
