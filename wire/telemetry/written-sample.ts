// A sample as it travels: written once, where it was made. What is added up at every look lies open; the rest is read when
// somebody wants it, and most of it nobody does: a page has every second shot, a scenario asks for a handful of values.
//
// As JSON, for Redis has it so, and no sample has a number that JSON has no word for.

import type { Lateness } from "./lateness.ts";
import type { MachineSample } from "./sample.ts";

export interface WrittenSample {
  /** When it was said by the clock of its node, in ns of the machine's time: a machine with nothing to do is behind it. */
  readonly atNs: number;
  readonly usefulProgress: number;
  /** Tasks that the OOM killer ended. */
  readonly oomKills: number;
  /** Pages read back from swap that were not what was written. */
  readonly mismatches: number;
  readonly largestArmedTimerNs: number;
  /** Where it swaps to; null: nowhere. */
  readonly server: string | null;
  readonly lateness: Lateness;
  /** All of the sample but its shot. */
  readonly text: string;
  readonly shotText: string;
}

export function writtenSample(
  sample: MachineSample,
  said: Pick<WrittenSample, "atNs" | "lateness">,
): WrittenSample {
  const { shot, ...judged } = sample;
  return {
    ...said,
    usefulProgress: sample.usefulProgress,
    oomKills: sample.values["vmstat.oom_kill"] ?? 0,
    mismatches: sample.values["mismatches"] ?? 0,
    largestArmedTimerNs: sample.largestArmedTimerNs,
    server: sample.server,
    text: JSON.stringify(judged),
    shotText: JSON.stringify(shot),
  };
}

/** The sample with its shot. */
export const wholeText = ({ text, shotText }: WrittenSample): string =>
  `${text.slice(0, -1)},"shot":${shotText}}`;
