// What the demonstration says of a run: the same few sentences for each, and every number is the run's own. A sentence
// whose number is nought is left out.

import { lowestOf } from "./account.ts";
import type { Chapter } from "./chronicle.ts";
import { AWAY_PHASE } from "./demo-messages.ts";
import { counted, pagesText, sizeText, timeText } from "./figures.ts";
import type { MachinePicture } from "./machine-picture.ts";
import { type RunReport, verdictOf } from "./run-report.ts";

export function demoSentences(report: RunReport): string[] {
  const [story] = report.machines;
  if (story === undefined) return [];
  const { picture, chapters } = story;
  const away = chapters.find(({ phase }) => phase === AWAY_PHASE);
  const after = chapters.at(-1);
  if (away === undefined || after === undefined) return [];
  const told = { picture, chapters, away, after };
  const sentences = verdictOf(report) === "wedged" ? wedged(told) : survived(told);
  return sentences.filter((sentence) => sentence !== "");
}

interface Told {
  readonly picture: MachinePicture;
  readonly chapters: readonly Chapter[];
  /** While the swap server was away. */
  readonly away: Chapter;
  /** Since it is back. */
  readonly after: Chapter;
}

function wedged({ picture, away, after }: Told): string[] {
  const { pages, marks, swap } = picture;
  const { resendsRefused, refillsRefused, missed } = after.grown;
  const since = [
    `${counted(swap.openRequests, "swap request")} ${swap.openRequests === 1 ? "is" : "are"} open`,
    resendsRefused === 0
      ? ""
      : `${counted(resendsRefused, "time")} there was no memory to send them again`,
    refillsRefused === 0 ? "" : `${counted(refillsRefused, "receive buffer")} could not be had`,
    missed === 0 ? "" : `${counted(missed, "packet")} found no buffer to land in`,
  ].filter((part) => part !== "");
  const floor =
    pages.free < marks.atomicPages ? "" : `: the last ${marks.atomicPages} are not for packets`;
  return [
    unread(picture),
    `Free memory fell from ${away.freePagesAtStart} to ${pagesText(pages.free)}${floor}.`,
    `C is back since ${timeText(after.fromNs)}, but ${listed(since)}.`,
    "To free memory A must hear from C; to hear from C it needs memory.",
  ];
}

/** `one, two and three`. */
function listed(parts: readonly string[]): string {
  const last = parts.at(-1) ?? "";
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(", ")} and ${last}`;
}

/** Who filled memory. */
function unread({ sockets }: MachinePicture): string {
  const [largest] = sockets.filter(({ receivedPages }) => receivedPages > 0);
  if (largest === undefined) return "";
  const { count, peer, receivedPages } = largest;
  return `${counted(count, "connection")} from ${peer} hold ${sizeText(receivedPages)} that nobody reads: the service waits for pages from C.`;
}

function survived({ picture, chapters, after }: Told): string[] {
  const { atomicPages } = picture.marks;
  const lowest = lowestOf(chapters);
  const tossed = chapters.reduce((sum, { grown }) => sum + grown.tossed, 0);
  const throttled = chapters.reduce((sum, { grown }) => sum + grown.throttled, 0);
  const backNs = after.firstProgressNs === null ? null : after.firstProgressNs - after.fromNs;
  return [
    lowest === undefined
      ? ""
      : `Free memory went down to ${pagesText(lowest.freePagesMin)}; those below ${atomicPages} are a reserve.`,
    tossed === 0
      ? ""
      : `${counted(tossed, "packet")} that came to lie in it ${tossed === 1 ? "was" : "were"} for the service, not for swap, and thrown away: it stayed open for C's answers.`,
    throttled === 0
      ? ""
      : `Programs that would have eaten it were held back ${counted(throttled, "time")}.`,
    backNs === null
      ? ""
      : `C came back at ${timeText(after.fromNs)}, work went on ${timeText(backNs)} later.`,
  ].filter((sentence) => sentence !== "");
}
