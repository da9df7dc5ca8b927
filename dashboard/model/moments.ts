// The decisive instants of a film: where a story pauses. Each says what happened in the run's own numbers.

import { machinesText } from "#explain/index.ts";
import type { Frame } from "#sim/index.ts";
import { counted, countText, pagesText, timeText } from "./figures.ts";
import { isDownToMin } from "./marks.ts";
import { noReturnNs, noReturnText } from "./no-return.ts";
import type { Reel } from "./reel.ts";

export interface Moment {
  readonly atNs: number;
  readonly title: string;
  readonly text: string;
}

/** In order. On real sockets a knot may be told after the last frame: that is when it is to be seen. */
export function momentsOf(reel: Reel): readonly Moment[] {
  const endNs = reel.end?.atNs ?? Number.POSITIVE_INFINITY;
  const moments = [
    opening(reel),
    ...turns(reel),
    lowWater(reel),
    lastProgress(reel),
    lastChance(reel),
    closing(reel),
    ending(reel),
  ].filter((moment) => moment !== null);
  return moments
    .map((moment) => ({ ...moment, atNs: Math.min(moment.atNs, endNs) }))
    .sort((a, b) => a.atNs - b.atNs);
}

function opening({ frames, title }: Reel): Moment | null {
  const [first] = frames;
  if (first === undefined) return null;
  const cast = title.cast
    .map(({ name, role }) => `${name} is a ${role.replace("-", " ")}`)
    .join(", ");
  return {
    atNs: first.atNs,
    title: "The cast",
    text: [cast, title.about].filter((said) => said !== "").join("; "),
  };
}

/** Faults that open and heal. */
function turns({ frames }: Reel): Moment[] {
  return frames.flatMap((frame, i) => {
    const before = new Set(frames[i - 1]?.faults.map(({ id }) => id));
    const now = new Set(frame.faults.map(({ id }) => id));
    const opened = frame.faults.filter(({ id }) => !before.has(id));
    const healed = (frames[i - 1]?.faults ?? []).filter(({ id }) => !now.has(id));
    return [
      ...opened.map(({ name, target }) => ({
        atNs: frame.atNs,
        title: `${name} on ${target}`,
        text: `The fault begins. Until now ${countText(frame.useful)} pieces of useful work were done.`,
      })),
      ...healed.map(({ name, target }) => ({
        atNs: frame.atNs,
        title: `${target} is back`,
        text: `${name} is healed. ${sinceProgress(frame)}`,
      })),
    ];
  });
}

const sinceProgress = ({ atNs, usefulAtNs }: Frame): string =>
  atNs === usefulAtNs
    ? "Useful progress goes on."
    : `There has been no useful progress for ${timeText(atNs - usefulAtNs)}.`;

/** The first frame in which a machine has no more than its min mark. */
function lowWater(reel: Reel): Moment | null {
  const { frames, title, heroIndex } = reel;
  const frame = frames.find(({ machines }) => isLow(machines[heroIndex]));
  const shot = frame?.machines[heroIndex];
  if (frame === undefined || shot === undefined) return null;
  const name = title.cast[heroIndex]?.name ?? "";
  return {
    atNs: frame.atNs,
    title: `${name} is down to its min mark`,
    text: `${pagesText(shot.pages.free)} free, min is ${countText(shot.marks.minPages)}. From here on only those with a right to the reserve are served.`,
  };
}

const isLow = (shot: Frame["machines"][number] | undefined): boolean =>
  shot !== undefined && shot.pages.total > 0 && isDownToMin(shot);

function lastProgress({ frames, closure }: Reel): Moment | null {
  if (closure === null) return null;
  const frame = frames.findLast(({ atNs, usefulAtNs }) => atNs <= closure.atNs && usefulAtNs > 0);
  if (frame === undefined) return null;
  return {
    atNs: frame.usefulAtNs,
    title: "The last useful progress",
    text: `${counted(frame.useful, "piece")} of useful work so far. There will never be another.`,
  };
}

/** Where it was looked for. */
function lastChance({ noReturn }: Reel): Moment | null {
  const atNs = noReturnNs(noReturn);
  if (noReturn === null || atNs === null) return null;
  return { atNs, title: "The last chance", text: noReturnText(noReturn) };
}

function closing({ closure }: Reel): Moment | null {
  if (closure === null) return null;
  const { certificate, atNs } = closure;
  return {
    atNs,
    title: "The knot has closed",
    text: `By ${timeText(atNs)} at the latest: ${certificate.cycle.join(" → ")} → and round again. Whatever the others do from here on, ${machinesText(certificate)} cannot move.`,
  };
}

function ending({ end, title }: Reel): Moment | null {
  if (end === null) return null;
  const { verdict, certainty, why } = end.result;
  const said = certainty === null ? verdict : `${verdict} (${certainty})`;
  return {
    atNs: end.atNs,
    title: `Verdict: ${said}`,
    text: `${title.variant ?? title.scenario}: ${why.join("; ")}.`,
  };
}
