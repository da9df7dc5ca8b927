// A cluster's state explained for `unwedge explain`: what is proven and all that is said of it, pages by owner and by who
// could free them, what each mark forbids, and each machine's picture.

import { type Certificate, certificateDot, certificateText, explain } from "#explain/index.ts";
import type { Machine } from "#kernel/index.ts";
import { columnsOf, countText, pagesText } from "./figures.ts";
import { type MachinePicture, pictureOf } from "./machine-picture.ts";
import { pictureLines } from "./run-text.ts";

/** Plain data. */
export interface Explained {
  readonly atNs: number;
  /** null: no machine with tasks is there to be explained. */
  readonly certificate: Certificate | null;
  readonly machines: readonly MachinePicture[];
}

export const explained = (machines: readonly Machine[], nowNs: number): Explained => ({
  atNs: nowNs,
  certificate: explain(machines, { nowNs }),
  machines: machines
    .filter(({ spec }) => spec.role === "machine")
    .map((machine) => pictureOf(machine, nowNs)),
});

export function explainedText({ certificate, machines }: Explained, columns: number): string[] {
  return [
    ...(certificate === null ? [] : certificateLines(certificate, columns)),
    ...machines.flatMap(pictureLines),
  ];
}

export const explainedDot = ({ certificate }: Explained): string =>
  certificate === null ? "digraph wedge {}\n" : certificateDot(certificate);

function certificateLines(certificate: Certificate, columns: number): string[] {
  const owners = certificate.owners.map(({ owner, pages, by }) => [
    `  ${owner}`,
    countText(pages),
    by === "" ? "" : `freed by ${by}`,
  ]);
  const marks = certificate.marks.map(({ pages, forbids }) => [`  ${pagesText(pages)}`, forbids]);
  return [
    ...certificateText(certificate, { columns, linesMax: Number.POSITIVE_INFINITY }),
    "",
    `pages of ${certificate.machine} by owner`,
    ...columnsOf(owners),
    "",
    "marks: below so many free pages, none is for",
    ...columnsOf(marks),
  ];
}
