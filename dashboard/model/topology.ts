// Where machines stand: who asks on the left, who swaps in the middle, who serves swap on the right, as in the threads'
// drawings; and which lines run between them.

import type { FilmTitle } from "#sim/index.ts";

export interface Columns {
  readonly left: readonly string[];
  readonly middle: readonly string[];
  readonly right: readonly string[];
}

export function columnsOf({ cast }: FilmTitle): Columns {
  const named = (isMeant: (role: string) => boolean): string[] =>
    cast.filter(({ role }) => isMeant(role)).map(({ name }) => name);
  return {
    left: named((role) => role === "client"),
    middle: named((role) => role === "machine"),
    right: named((role) => role !== "client" && role !== "machine"),
  };
}

/** A line between two machines, both directions; the one further left first. */
export interface Line {
  readonly a: string;
  readonly b: string;
  /** Of the two the one in the middle, which is short of memory: most is lost at its card. */
  readonly inner: string;
}

/**
 * Lines that something may travel: from a machine of the middle to any other, but a swap server that it does not use. Clients and
 * servers have nothing to say to each other.
 */
export function linesOf(title: FilmTitle): readonly Line[] {
  const { left, middle, right } = columnsOf(title);
  const order = [...left, ...middle, ...right];
  const pairs = new Map<string, Line>();
  for (const { from, to } of title.links) {
    if (!middle.includes(from) && !middle.includes(to)) continue;
    if (isIdle(title, from, to) || isIdle(title, to, from)) continue;
    const [a = from, b = to] = [from, to].sort((x, y) => order.indexOf(x) - order.indexOf(y));
    pairs.set(`${a} ${b}`, { a, b, inner: middle.includes(b) ? b : a });
  }
  return [...pairs.values()];
}

const isIdle = ({ cast }: FilmTitle, machine: string, server: string): boolean =>
  cast.find(({ name }) => name === server)?.role === "swap-server" &&
  cast.find(({ name }) => name === machine)?.uses.includes(server) !== true;

/** More machines than this are shown small. */
const LARGE_MAX = 3;

export const isFleet = ({ cast }: FilmTitle): boolean =>
  cast.filter(({ role }) => role === "machine").length > LARGE_MAX;
