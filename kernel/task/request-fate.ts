// What becomes of one request at a swap server, as the state of its store says. Decided here for the emulated server and for
// the real one alike, so that a fault means the same in both.
//
// Nothing is drawn where nothing is left to chance: a server without faults uses no randomness.

import type { Random } from "#base/random.ts";
import { copyOf } from "#wire/bytes.ts";
import type { NbdCommand } from "#wire/nbd/command.ts";
import { NBD_EIO, NBD_ENOSPC, NBD_SUCCESS } from "#wire/nbd/constants.ts";
import type { StoreState } from "../events.ts";

const MILLION = 1_000_000;
const NS_PER_S = 1_000_000_000;

export interface RequestFate {
  /** From when the store begins to its answer. */
  readonly latencyNs: number;
  /** What the answer says instead of doing what was asked; 0: it is done. */
  readonly errno: number;
  /** One byte of the answer is wrong. */
  readonly corrupts: boolean;
}

type Asked = Pick<NbdCommand, "type">;

export function fateOf(state: StoreState, { type }: Asked, random: Random): RequestFate {
  const changes = type === "write" || type === "trim" || type === "writeZeroes";
  const errno = changes && state.full ? NBD_ENOSPC : NBD_SUCCESS;
  return {
    latencyNs: latencyOf(state, random),
    errno: strikes(state.failPerMillion, random) ? NBD_EIO : errno,
    corrupts: type === "read" && strikes(state.corruptPerMillion, random),
  };
}

/** When a store that has one pipe for all is through with `lenBytes` that it may begin at `atNs`. */
export function pipedUntilNs(state: StoreState, lenBytes: number, atNs: number): number {
  if (state.bandwidthBytesPerSec === null) return atNs;
  return atNs + Math.ceil((lenBytes * NS_PER_S) / state.bandwidthBytesPerSec);
}

/** The same bytes but one: the first is not what it was. */
export function corrupted(data: readonly Uint8Array[]): readonly Uint8Array[] {
  return data.map((slice, i) => {
    if (i > 0) return slice;
    const copy = copyOf(slice);
    copy.fill(255 - (copy[0] ?? 0), 0, 1);
    return copy;
  });
}

function latencyOf(state: StoreState, random: Random): number {
  // In µs: the stream gives 32 bits, and 2^32 ns are only four seconds.
  const jitterUs = Math.floor(state.jitterNs / 1_000);
  const jitterNs = jitterUs === 0 ? 0 : random.below(jitterUs) * 1_000;
  const tailNs = strikes(state.tailPerMillion, random) ? state.tailNs : 0;
  return state.latencyNs + jitterNs + tailNs;
}

const strikes = (perMillion: number, random: Random): boolean =>
  perMillion > 0 && random.chance(perMillion, MILLION);
