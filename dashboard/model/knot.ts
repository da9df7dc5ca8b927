// A certificate on the map: which machines and which part of memory each of its sentences is about.

import type { Closure } from "#sim/index.ts";
import type { Owner } from "./owners.ts";

type Certificate = Closure["certificate"];
type Sentence = Certificate["sentences"][number];

export interface KnotStep {
  readonly n: number;
  readonly text: string;
  /** What the rule that refuses it says; null: others stand in its way. */
  readonly rule: string | null;
  readonly sinceNs: number | null;
  readonly because: readonly number[];
  /** It is one of the circle. */
  readonly isInCircle: boolean;
  /** Machines it is about, the wedged one first. */
  readonly machines: readonly string[];
  readonly owners: readonly Owner[];
  /** Pages that its parties hold. */
  readonly heldPages: number;
}

/** Sentences in their order: the circle first, then who else cannot move. */
export function knotOf(certificate: Certificate, names: readonly string[]): readonly KnotStep[] {
  const heldBy = new Map(
    certificate.stuck.map(({ id, holds }) => [
      id,
      holds
        .filter(({ resource }) => resource.endsWith("/page"))
        .reduce((sum, { units }) => sum + units, 0),
    ]),
  );
  return certificate.sentences.map((sentence, i) => ({
    n: sentence.n,
    text: sentence.text,
    rule: sentence.rule,
    sinceNs: sentence.sinceNs,
    because: sentence.because,
    isInCircle: i < certificate.cycle.length && isNamed(sentence, certificate.cycle),
    machines: machinesIn(sentence, names),
    owners: ownersOf(sentence),
    heldPages: sentence.parties.reduce((sum, id) => sum + (heldBy.get(id) ?? 0), 0),
  }));
}

const isNamed = ({ text }: Sentence, cycle: readonly string[]): boolean =>
  cycle.some((name) => text.includes(name));

/** Whose step it is, then of whom it speaks. */
function machinesIn({ parties, text }: Sentence, names: readonly string[]): readonly string[] {
  const [own = ""] = (parties[0] ?? "").split("/");
  return [own, ...names.filter((name) => name !== own && speaksOf(text, name))];
}

/** `C's answer`, `bytes for C`; not the C of a word. */
const speaksOf = (text: string, name: string): boolean =>
  text.split(/[^\w-]+/).includes(name) || text.includes(`${name}'s `);

/** By what a party is: the ids are the graph's, explain/net-parties.ts and explain/swap-parties.ts. */
function ownersOf({ parties, text }: Sentence): readonly Owner[] {
  const [id = ""] = parties;
  const [, part = ""] = id.split("/");
  if (part === "card") return ["free"];
  if (part.startsWith("queue:")) return ["otherPackets"];
  if (part.startsWith("sent:")) return ["swapPackets"];
  if (part.startsWith("request:")) return text.includes("swap-out") ? ["writeback"] : ["anon"];
  if (part.startsWith("writing:")) return ["anon"];
  if (part === "clean") return ["anon", "fileClean"];
  return [];
}
