// What a trial has broken, made small: the same invariant, and for a crash the same assertion.

import { toYaml } from "#coordinator/scenario/index.ts";
import type { Breach } from "./breach.ts";
import type { Document } from "./cast.ts";
import { type Shrunk, shrink } from "./shrink.ts";
import type { Trial, TrialJob } from "./trial.ts";

export interface HuntSpec {
  readonly document: Document;
  readonly breach: Breach;
  /** Runs them side by side; answers in their order. */
  readonly runAll: (jobs: readonly TrialJob[]) => Promise<readonly Trial[]>;
  readonly width: number;
  readonly triesMax: number;
}

export interface Hunted extends Shrunk {
  /** Of the smallest. */
  readonly breach: Breach;
}

export async function hunt({
  document,
  runAll,
  width,
  triesMax,
  ...first
}: HuntSpec): Promise<Hunted> {
  let breach = first.breach;
  const breaks = async (documents: readonly Document[]): Promise<readonly boolean[]> => {
    const trials = await runAll(documents.map((each) => ({ file: "smaller", text: toYaml(each) })));
    const same = trials.map((trial) => isSame(trial.breach, first.breach));
    breach = trials[same.indexOf(true)]?.breach ?? breach;
    return same;
  };
  const shrunk = await shrink({ document, breaks, width, triesMax });
  return { ...shrunk, breach };
}

function isSame(one: Breach | null, other: Breach): boolean {
  if (one?.invariant !== other.invariant) return false;
  return one.invariant !== "crash" || withoutNumbers(one) === withoutNumbers(other);
}

const withoutNumbers = ({ message }: Breach): string => message.replaceAll(/\d+/g, "#");
