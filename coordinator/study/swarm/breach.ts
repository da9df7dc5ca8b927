// What must hold of every run, and what of a run that has ended says that it did not, from what the run tells of itself.
//
// What is looked at while a run goes (pages, counters, connections) is the watch's: sim/world-watch.ts.

import type { RunResult, Verdict } from "#coordinator/scenario/index.ts";
import type { RunOutcome } from "#sim/index.ts";

/** What must hold of every run, whatever is in it. */
export const INVARIANTS = {
  crash: "nothing that the code asserts is untrue",
  whole: "pages are conserved, counters say what there is, requests and connections go on",
  integrity: "no page comes back from swap as another, unless a server is made to spoil it",
  kept: "a page that the server acknowledged is there, unless it is made to forget",
  accounting: "free and used pages are all there are, as checks read them",
  judged: "a verdict is said in the time there is, with a reason",
  proof: "after a proof nobody whom it is about does anything useful, and a certain wedge has one",
  repeats: "the same seed gives the same run",
  saved: "a run that is saved and loaded comes to the same end",
  engines: "on sockets it comes to a verdict that it has in virtual time too, for one seed of nine",
} as const satisfies Record<string, string>;
export type Invariant = keyof typeof INVARIANTS;

export interface Breach {
  readonly invariant: Invariant;
  /** The first thing that was seen of it. */
  readonly message: string;
}

/** A run that has ended. */
export interface End {
  readonly result: RunResult;
  readonly simNs: number;
  /** By when there has to be a verdict, in ns of virtual time. */
  readonly untilNs: number;
  /** A fault of the scenario makes a server give back other pages than it was given. */
  readonly isSpoilt: boolean;
  /** Pages that a server acknowledged and does not have, a line each; none where it is made to forget. */
  readonly lost: readonly string[];
}

export function brokenAtEnd({ result, simNs, untilNs, isSpoilt, lost }: End): Breach | null {
  const { checks, why } = result;
  const integrity = checks.find(({ id }) => id === "integrity");
  if (integrity !== undefined && !isSpoilt) return broken("integrity", integrity.message);
  const [gone] = lost;
  if (gone !== undefined) return broken("kept", gone);
  const wrong = checks.find(({ id, status }) => id.startsWith("accounting") && status === "fail");
  if (wrong !== undefined) return broken("accounting", wrong.message);
  if (simNs > untilNs) return broken("judged", `judged after ${simNs} ns`);
  return why.some((text) => text !== "") ? null : broken("judged", "no reason");
}

/** A machine of which it was proven that it does nothing useful any more, and what it did. */
export interface ProvenProgress {
  readonly name: string;
  /** Useful steps when it was proven, and by now. */
  readonly useful: number;
  readonly usefulNow: number;
  readonly atNs: number;
  readonly nowNs: number;
}

export function brokenProof(proven: ProvenProgress): Breach | null {
  const { name, useful, usefulNow, atNs, nowNs } = proven;
  if (usefulNow === useful) return null;
  const did = `${usefulNow - useful} useful steps by ${nowNs} ns`;
  return broken("proof", `${name} was proven at ${atNs} ns to be wedged, and did ${did}`);
}

export const NO_PROOF: Breach = { invariant: "proof", message: "a certain wedge has no proof" };

/** One run three times: as it went, loaded from what was saved at `fromNs`, and once more from the start. */
export interface Copies {
  readonly first: RunOutcome;
  readonly loaded: RunOutcome;
  readonly fromNs: number;
  /** Run only where the two differ. */
  readonly again: () => RunOutcome;
}

export function brokenByCopies({ first, loaded, fromNs, again }: Copies): Breach | null {
  if (isSame(first, loaded)) return null;
  const second = again();
  if (!isSame(first, second)) return broken("repeats", tellBoth(first, second));
  return broken("saved", `from ${fromNs} ns: ${tellBoth(first, loaded)}`);
}

/** Verdicts of one scenario. */
export interface Engines {
  readonly sockets: Verdict;
  readonly virtual: Verdict;
  /** In virtual time, for other seeds: real time is one more throw of the dice. */
  readonly others: readonly Verdict[];
}

export function brokenByEngines({ sockets, virtual, others }: Engines): Breach | null {
  if ([virtual, ...others].includes(sockets)) return null;
  const message = `${sockets} on sockets, ${virtual} in virtual time, and for ${others.length} seeds more never ${sockets}`;
  return broken("engines", message);
}

const broken = (invariant: Invariant, message: string): Breach => ({ invariant, message });

const isSame = (one: RunOutcome, two: RunOutcome): boolean =>
  JSON.stringify(one) === JSON.stringify(two);

const tellBoth = (one: RunOutcome, two: RunOutcome): string =>
  [one, two].map(({ result, digest }) => `${result.judged} ${digest}`).join(", then ");
