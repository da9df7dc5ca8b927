// Where two runs part, in words.

import type { Difference, LoggedEvent } from "#sim/index.ts";

/** `sides`: what the two runs are called. */
export function differenceText(
  { machine, n, fromN, one, other }: Difference,
  sides: readonly [string, string],
): string[] {
  const which = fromN === n ? `event ${n}` : `one of the events ${fromN} to ${n}`;
  const atNs = Math.min(one?.atNs ?? Infinity, other?.atNs ?? Infinity);
  const missing = fromN === n ? "no such event" : "only its digest was kept";
  const width = Math.max(...sides.map((side) => side.length));
  const [left, right] = sides.map((side) => `${side}:`.padEnd(width + 1));
  return [
    `the two runs differ on ${machine}, first in ${which}, at ${atNs} ns`,
    `  ${left} ${one === null ? missing : eventText(one)}`,
    `  ${right} ${other === null ? missing : eventText(other)}`,
  ];
}

const eventText = ({ n, atNs, name, a, b }: LoggedEvent): string =>
  `event ${n} at ${atNs} ns: ${name} ${a} ${b}`;
