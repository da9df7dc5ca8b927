// Many independent clients: exponential gaps.
//
// By comparisons only, since Math.log is not the same on every host (J. von Neumann, "Various techniques used in connection
// with random digits", 1951): draw while each number is below the one before; an odd count of draws accepts the first number
// as the fraction, an even one adds 1 and starts over. The result is exponential with mean 1.

import { assert } from "#base/assert.ts";
import type { Random } from "#base/random.ts";
import type { Pattern } from "./pattern.ts";

const TWO_TO_32 = 0x1_0000_0000;
/** An even count comes up 1 time in e; 200 times in a row has odds of 10^-87. */
const WHOLE_MAX = 200;

export const poisson: Pattern = {
  name: "poisson",
  summary: "Exponential gaps, as many independent clients make them.",
  gap: exponential,
};

function exponential(random: Random): number {
  for (let whole = 0; whole < WHOLE_MAX; whole++) {
    const first = random.u32();
    if (fallingRun(random, first) % 2 === 1) return whole + first / TWO_TO_32;
  }
  assert(false, "an exponential draw ends");
}

/** How many draws fall one below the other, `first` included. */
function fallingRun(random: Random, first: number): number {
  let count = 1;
  let previous = first;
  for (let next = random.u32(); next < previous; next = random.u32()) {
    previous = next;
    count++;
  }
  return count;
}
