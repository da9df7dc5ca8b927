// The name somebody probably meant: nearest by typing errors (F. J. Damerau, 1964; V. I. Levenshtein, 1966).
//
// An insertion, a deletion, a wrong letter and two letters swapped are one error each (optimal string alignment: no part is
// edited twice). A name further away than a third of its length is no suggestion but noise.

/** The candidate with the fewest typing errors from `name`, first one on a tie; null when none is near enough. */
export function nearest(name: string, candidates: Iterable<string>): string | null {
  let best: string | null = null;
  let fewest = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const errors = typingErrors(name.toLowerCase(), candidate.toLowerCase());
    if (errors < fewest) [best, fewest] = [candidate, errors];
  }
  return best ?? longerForm(name, candidates);
}

/** The first candidate that begins with what was written: half a name is no typing error. */
function longerForm(name: string, candidates: Iterable<string>): string | null {
  if (name.length < 3) return null;
  for (const candidate of candidates) if (candidate.startsWith(name)) return candidate;
  return null;
}

/** Typing errors between two words. */
export function typingErrors(from: string, to: string): number {
  let twoAbove: number[] = [];
  let above = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) row.push(cell({ from, to, i, j, row, above, twoAbove }));
    twoAbove = above;
    above = row;
  }
  return above[to.length] ?? 0;
}

interface Cell {
  readonly from: string;
  readonly to: string;
  readonly i: number;
  readonly j: number;
  readonly row: readonly number[];
  readonly above: readonly number[];
  readonly twoAbove: readonly number[];
}

function cell({ from, to, i, j, row, above, twoAbove }: Cell): number {
  const replaced = at(above, j - 1) + (from[i - 1] === to[j - 1] ? 0 : 1);
  const swapped =
    i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      ? at(twoAbove, j - 2) + 1
      : Infinity;
  return Math.min(at(row, j - 1) + 1, at(above, j) + 1, replaced, swapped);
}

const at = (row: readonly number[], i: number): number => row[i] ?? Infinity;
