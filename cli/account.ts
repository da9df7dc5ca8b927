// What happened to a machine, in sentences, from the run's own numbers: where memory went, what was refused, who waits.
//
// Each sentence states what was counted. Which of it is the cause is said by the order of the phases, not by us.

import type { Chapter } from "./chronicle.ts";
import { counted, pagesText, sizeText, timeText } from "./figures.ts";
import type { MachinePicture, PagesByOwner, SocketGroup, WaitReason } from "./machine-picture.ts";
import type { MachineStory, RunEnd } from "./run-report.ts";

/** Why a run ended as it did, as far as its machines show it; a few sentences for each machine. */
export function accountOf(end: RunEnd): string[] {
  const hasWedged = end.result?.judged === "wedged";
  return end.machines.flatMap((story) =>
    hasWedged ? wedgeSentences(story) : survivalSentences(story),
  );
}

function wedgeSentences({ picture, chapters }: MachineStory): string[] {
  return [
    lastProgress(picture, chapters),
    ...picture.sockets.filter(({ receivedPages }) => receivedPages > 0).map(unreadText),
    freeText(picture),
    ...refusals(picture.name, chapters.at(-1)),
    swapText(picture),
    waitText(picture),
  ].filter((sentence) => sentence !== "");
}

function survivalSentences({ picture, chapters }: MachineStory): string[] {
  const { name, marks } = picture;
  const lowest = lowestOf(chapters);
  const last = chapters.at(-1);
  const tossed = sum(chapters, ({ grown }) => grown.tossed);
  const throttled = sum(chapters, ({ grown }) => grown.throttled);
  return [
    lowest === undefined
      ? ""
      : `${name}'s free memory went down to ${pagesText(lowest.freePagesMin)} in phase ${lowest.phase}; GFP_ATOMIC requests end at ${marks.atomicPages}, GFP_KERNEL ones at ${marks.minPages}.`,
    tossed === 0
      ? ""
      : `${counted(tossed, "packet")} lay in reserve memory and ${tossed === 1 ? "was" : "were"} dropped, being for a socket that swap does not depend on.`,
    throttled === 0 ? "" : `Reclaimers were held back ${counted(throttled, "time")}.`,
    last === undefined || last.firstProgressNs === null
      ? ""
      : `In phase ${last.phase} useful progress was seen after ${timeText(last.firstProgressNs - last.fromNs)}.`,
  ].filter((sentence) => sentence !== "");
}

/** The chapter in which free memory was least. */
export function lowestOf(chapters: readonly Chapter[]): Chapter | undefined {
  return [...chapters].sort((a, b) => a.freePagesMin - b.freePagesMin)[0];
}

function lastProgress({ name }: MachinePicture, chapters: readonly Chapter[]): string {
  const last = chapters.findLast(({ lastProgressNs }) => lastProgressNs !== null);
  if (last === undefined || last.lastProgressNs === null)
    return `${name} never made useful progress.`;
  return `${name} made its last useful progress at ${timeText(last.lastProgressNs)}, in phase ${last.phase}.`;
}

export function unreadText({ peer, port, count, receivedPages }: SocketGroup): string {
  return `${counted(count, "connection")} with ${peer} (port ${port}) hold ${pagesText(receivedPages)} (${sizeText(receivedPages)}) that nobody has read.`;
}

export function freeText({ name, pages, marks }: MachinePicture): string {
  return `${name} has ${pages.free} free pages${highatomicText(pages)}: GFP_ATOMIC requests end at ${marks.atomicPages}, GFP_KERNEL ones at ${marks.minPages}.`;
}

/** Whether the free pages are where a reply may not have them; empty where there are no such blocks. */
export function highatomicText({ highatomic }: PagesByOwner): string {
  return highatomic === null ? "" : `, ${highatomic} of them in HIGHATOMIC blocks`;
}

/** What was refused for want of memory during a chapter. */
function refusals(name: string, chapter: Chapter | undefined): string[] {
  if (chapter === undefined) return [];
  const { resendsRefused, missed, refillsRefused, tossed } = chapter.grown;
  const parts = [
    resendsRefused === 0 ? "" : `${counted(resendsRefused, "segment")} could not be sent again`,
    refillsRefused === 0 ? "" : `${counted(refillsRefused, "receive buffer")} could not be had`,
    missed === 0 ? "" : `${counted(missed, "frame")} found no receive buffer`,
    tossed === 0 ? "" : `${counted(tossed, "packet")} were dropped out of reserve memory`,
  ].filter((part) => part !== "");
  return parts.length === 0
    ? []
    : [`Since phase ${chapter.phase} began, on ${name}: ${parts.join(", ")}.`];
}

export function swapText({ swap }: MachinePicture): string {
  if (swap.openRequests === 0) return "";
  const are = swap.openRequests === 1 ? "is" : "are";
  return `${counted(swap.openRequests, "swap request")} ${are} open, the oldest since ${timeText(swap.oldestNs)}.`;
}

/** Reasons that hold nobody up: whoever waits for them has nothing to do. */
const AT_LEISURE: ReadonlySet<WaitReason> = new Set(["kswapd-idle", "sleep", "work", "accept"]);

function waitText({ waits }: MachinePicture): string {
  const held = waits.filter(({ on }) => !AT_LEISURE.has(on));
  if (held.length === 0) return "";
  const parts = held.map(({ on, count }) => `${count} for ${WAITS[on]}`);
  return `Tasks wait: ${parts.join(", ")}.`;
}

/** What each reason is to a person. */
export const WAITS: Readonly<Record<WaitReason, string>> = {
  "page-lock": "a page to come from swap",
  writeback: "a page to be written",
  throttle: "the reserve to be filled",
  "reclaim-throttle": "writes to end",
  "swap-slot": "a free swap slot",
  bio: "a bio of the pool",
  wbt: "the writeback quota",
  tag: "a tag of the swap device",
  "tx-lock": "the swap socket, which another task is sending on",
  sndbuf: "room to send in a socket",
  "stream-memory": "memory to send from",
  "socket-readable": "something to arrive on a socket",
  "socket-writable": "room in a socket",
  accept: "a connection",
  connect: "a connection to be made",
  "kswapd-idle": "memory to run low",
  "dirty-throttle": "dirty pages to be written",
  "vm-writeout": "writeback to catch up",
  "oom-retry": "another try at memory",
  work: "work",
  sleep: "time to pass",
  barrier: "the other ranks",
  reply: "an answer",
};

const sum = (chapters: readonly Chapter[], of: (chapter: Chapter) => number): number =>
  chapters.reduce((total, chapter) => total + of(chapter), 0);
