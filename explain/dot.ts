// A certificate as a drawing for Graphviz: the sentences as boxes, an arrow from each to those it waits for.

import type { Certificate } from "./certificate.ts";
import type { Sentence } from "./tell.ts";

export function certificateDot({ machine, certainty, sentences, cycle }: Certificate): string {
  const title = certainty === null ? `${machine}: not proven` : `${machine}: wedged (certain)`;
  const inCycle = sentences.slice(0, cycle.length);
  return [
    "digraph wedge {",
    `  label=${quoted(title)}; labelloc=t; rankdir=LR; node [shape=box, fontname="sans-serif"];`,
    ...sentences.map((sentence) => `  ${box(sentence, inCycle.includes(sentence))}`),
    ...sentences.flatMap(({ n, because }) =>
      because.map((to) => `  ${n} -> ${to}${isStep(n, to, cycle.length) ? BOLD : ""};`),
    ),
    "}",
    "",
  ].join("\n");
}

function box({ n, text, rule }: Sentence, isInCycle: boolean): string {
  const label = rule === null ? text : `${text}\n${rule}`;
  return `${n} [label=${quoted(`${n}. ${label}`)}${isInCycle ? ", penwidth=2" : ""}];`;
}

const BOLD = " [penwidth=2]";

/** Whether one sentence follows the other in the circle, which the first ones tell. */
const isStep = (from: number, to: number, length: number): boolean =>
  from <= length && to === (from % length) + 1;

const quoted = (text: string): string =>
  `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
