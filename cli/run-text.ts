// A run's report on the terminal: one line that says it all, then checks, faults, reasons, a picture of each machine, and
// last the commands that do it again and check its bundle.

import { certificateText } from "#explain/index.ts";
import { accountOf, highatomicText, WAITS } from "./account.ts";
import {
  columnsOf,
  counted,
  countText,
  pagesText,
  sizeText,
  timeText,
  wrapped,
} from "./figures.ts";
import type { MachinePicture, SocketGroup, WaitGroup } from "./machine-picture.ts";
import {
  type RunReport,
  repeatCommand,
  replayCommand,
  statusOf,
  verdictText,
  whyOf,
} from "./run-report.ts";

/** What a report of reasons may take of a screen. */
const WHY_LINES_MAX = 12;

/** `variant seed verdict (certainty) status digest simTime wallTime`. */
export function runLine(report: RunReport): string {
  const { variant, seed, digest, simNs, wallMs } = report;
  const wall = `${(wallMs / 1_000).toFixed(2)} s wall`;
  const stopped = report.ending === "judged" ? "" : ` ${report.ending}`;
  return `${variant ?? "-"} ${seed} ${verdictText(report)} ${statusOf(report)}${stopped} ${digest} ${timeText(simNs)} ${wall}`;
}

/** All the rest, for a run that failed or stands alone. */
export function runDetails(report: RunReport, columns: number): string {
  return [
    ...checkLines(report),
    ...faultLines(report),
    ...(report.host.length === 0 ? [] : ["", "host", ...report.host.map((line) => `  ${line}`)]),
    ...whyLines(report, columns),
    ...report.machines.flatMap(({ picture }) => pictureLines(picture)),
    "",
    ...((report.forks ?? []).length === 0 ? [repeatCommand(report)] : []),
    ...(report.bundle === null ? [] : [bundleLine(report, report.bundle)]),
  ].join("\n");
}

/** On sockets the host's timing is part of a run, and no run of it is the same: its record can be read, not repeated. */
const bundleLine = ({ engine }: RunReport, bundle: string): string =>
  engine === "virtual"
    ? replayCommand(bundle)
    : `record ${bundle} (runs on sockets cannot be replayed)`;

function checkLines({ result }: RunReport): string[] {
  if (result === null) return [];
  const rows = result.checks.map(({ id, status, severity, valueText, expected }) => [
    `  ${id}`,
    severity === "error" ? status : `${status} (${severity})`,
    valueText === "" ? "-" : valueText,
    expected,
  ]);
  const messages = result.checks
    .filter(({ status, message }) => status !== "pass" && message !== "")
    .map(({ id, message }) => `  ${id}: ${message}`);
  return ["", ...columnsOf([["checks", "status", "value", "expected"], ...rows]), ...messages];
}

function faultLines({ result }: RunReport): string[] {
  if (result === null || result.faults.length === 0) return [];
  const rows = result.faults.map(({ id, name, target, injectedAtNs, healedAtNs, receipt }) => [
    `  ${id}`,
    `${name} on ${target}`,
    `${timeText(injectedAtNs)} to ${timeText(healedAtNs)}`,
    `receipt ${receipt}`,
  ]);
  return ["", "faults", ...columnsOf(rows)];
}

function whyLines(report: RunReport, columns: number): string[] {
  const { result, certificate } = report;
  // A proof is no reason to believe a run that proves nothing.
  if (certificate?.certainty === "certain" && statusOf(report) !== "inconclusive")
    return ["", ...certificateText(certificate, { columns })];
  const reasons = [...whyOf(report), ...(result === null ? [] : unfinished(result))];
  const lines = [...reasons, ...accountOf(report)].flatMap((reason) =>
    wrapped(reason, columns, "  ", "    "),
  );
  const cut = lines.length <= WHY_LINES_MAX ? lines : [...lines.slice(0, WHY_LINES_MAX - 1), "  …"];
  return ["", "why", ...cut];
}

function unfinished({ unfinished: tasks }: { readonly unfinished: readonly string[] }): string[] {
  return tasks.length === 0 ? [] : [`not done with their share: ${tasks.join(", ")}`];
}

export function pictureLines(picture: MachinePicture): string[] {
  const { name, atNs, rings, swap } = picture;
  const rows = [
    ["  memory", memoryText(picture)],
    ["  marks", marksText(picture)],
    ...rings.map(({ filled, size }, i) => [
      i === 0 ? "  ring" : `  ring ${i + 1}`,
      `${filled} of ${size} receive descriptors have a buffer`,
    ]),
    [
      "  swap",
      `${counted(swap.openRequests, "request")} open, oldest ${timeText(swap.oldestNs)}; ${countText(swap.usedPages)} of ${pagesText(swap.totalPages)} used`,
    ],
    ...picture.sockets.map((group, i) => [i === 0 ? "  sockets" : "", socketText(group)]),
    ...picture.waits.map((group, i) => [i === 0 ? "  waiting" : "", waitText(group)]),
    ...(picture.runnableCount === 0 ? [] : [["  running", counted(picture.runnableCount, "task")]]),
  ];
  return ["", `${name} at ${timeText(atNs)}`, ...columnsOf(rows)];
}

function memoryText({ pages }: MachinePicture): string {
  const { programs, writeback, file, packets, kernel } = pages;
  const parts = [
    `programs ${countText(programs)}`,
    ...(writeback === 0 ? [] : [`being written ${countText(writeback)}`]),
    ...(file === 0 ? [] : [`files ${countText(file)}`]),
    `packets ${countText(packets)}`,
    `kernel ${countText(kernel)}`,
    `free ${countText(pages.free)}`,
  ];
  return `${parts.join(" + ")} = ${pagesText(pages.total)} (${sizeText(pages.total)})`;
}

function marksText({ pages, marks }: MachinePicture): string {
  const { atomicPages, minPages, lowPages, highPages } = marks;
  return `${pages.free} free${highatomicText(pages)}; atomic floor ${atomicPages}, min ${minPages}, low ${lowPages}, high ${highPages}`;
}

function socketText(group: SocketGroup): string {
  const { peer, port, count, receivedPages, sendingPages, isMemalloc } = group;
  const marked = isMemalloc ? ", SOCK_MEMALLOC" : "";
  return `${count} with ${peer} (port ${port}${marked}): ${pagesText(receivedPages)} unread, ${sendingPages} unsent or unacknowledged`;
}

function waitText({ on, tasks, longestNs }: WaitGroup): string {
  const who = tasks.map(({ name, count }) => (count === 1 ? name : `${count} ${name}`)).join(", ");
  return `${who}: ${on}, for ${WAITS[on]}; longest ${timeText(longestNs)}`;
}
