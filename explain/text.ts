// A certificate for a terminal: at most twelve lines, whatever it is about, unless more are asked for.

import { type Certificate, machinesText } from "./certificate.ts";
import { RECLAIM } from "./owners.ts";
import type { Sentence } from "./tell.ts";

const LINES_MAX = 12;

export function certificateText(
  certificate: Certificate,
  { columns, linesMax = LINES_MAX }: { readonly columns: number; readonly linesMax?: number },
): string[] {
  const told = certificate.sentences.map((sentence) => sentenceLines(sentence, columns));
  const end = lastWord(certificate);
  const shown = told.slice(0, fitting(told, linesMax - 1 - 1));
  const left = told.length - shown.length;
  const more = left === 0 ? "" : `And ${left} more. `;
  return [headline(certificate), ...shown.flat(), `    ${more}${end}`];
}

/** How many of them fit into so many lines. */
function fitting(told: readonly (readonly string[])[], room: number): number {
  let lines = 0;
  const count = told.findIndex((each) => {
    lines += each.length;
    return lines > room;
  });
  return count < 0 ? told.length : count;
}

function headline(certificate: Certificate): string {
  const { atNs, certainty, cycle } = certificate;
  const at = `${machinesText(certificate)} at ${seconds(atNs)} s`;
  if (certainty === null) return `Not proven: ${at} can still move.`;
  const circle = cycle.length === 0 ? "" : `, in a circle of ${cycle.length}`;
  return `WEDGED (certain): ${at}. Nobody below can ever move${circle}.`;
}

/** On one line if it fits, else the reason has a line of its own. */
function sentenceLines({ n, text, rule, sinceNs, because }: Sentence, columns: number): string[] {
  const since = sinceNs === null ? "" : `, since ${seconds(sinceNs)} s`;
  const why = [rule, because.length === 0 ? null : `→ ${because.join(", ")}`]
    .filter((each) => each !== null)
    .join(" ");
  const start = `${String(n).padStart(3)} ${text}${since}`;
  if (why === "") return [start];
  const whole = `${start}  ${why}`;
  return whole.length <= columns ? [whole] : [start, `      ${why}`];
}

function lastWord({ certainty, moved, owners }: Certificate): string {
  if (certainty === null) {
    const names = [...new Set(moved.map(({ name }) => name))];
    return `${moved.length} parties can move: ${names.slice(0, 4).join(", ")}${names.length > 4 ? ", …" : ""}.`;
  }
  const clean = owners.find(({ by }) => by === RECLAIM)?.pages ?? 0;
  const who = clean === 0 ? "No clean page" : `${clean} clean pages and nobody to reclaim them`;
  return `${who}. Peers would help.`;
}

const seconds = (ns: number): string => (ns / 1e9).toFixed(2);
