// A certificate: what the state of a machine proves, in sentences and as a graph. Plain data.

import type { Machine } from "#kernel/index.ts";
import type { Party, Resource } from "./graph.ts";
import { graphOf } from "./machine-graph.ts";
import { type OwnerRow, ownersOf } from "./owners.ts";
import { provesWedge, reduce } from "./reduce.ts";
import { marksOf } from "./scene.ts";
import { type Sentence, tell } from "./tell.ts";
import { edgesOf, hasCycle } from "./walk.ts";

export interface Certificate {
  readonly schema: "unwedge-certificate/v1";
  readonly machine: string;
  readonly atNs: number;
  /** null: somebody can still move, and nothing is proven. */
  readonly certainty: "certain" | null;
  readonly sentences: readonly Sentence[];
  /** Names of parties, each waiting for the next and the last for the first. */
  readonly cycle: readonly string[];
  /** Pages by owner and by who could free them; together all that the machine has. */
  readonly owners: readonly OwnerRow[];
  /** What each mark forbids to whom. */
  readonly marks: readonly { readonly pages: number; readonly forbids: string }[];
  readonly resources: readonly Resource[];
  readonly stuck: readonly Party[];
  readonly moved: readonly Party[];
}

/** What is proven of a cluster at `nowNs`: the first machine that is wedged for certain; else of the one with most stuck. */
export function explain(
  machines: readonly Machine[],
  { nowNs }: { readonly nowNs: number },
): Certificate | null {
  // Nothing can be proven of a machine that has no power: it will boot.
  const certificates = machines
    .filter(({ isOff }) => !isOff)
    .filter(({ spec }) => spec.role === "machine")
    .map((machine) => certificateOf(machine, nowNs));
  const [first] = certificates.sort((a, b) => rank(b) - rank(a) || b.stuck.length - a.stuck.length);
  return first ?? null;
}

/** Only what proves something. Where everybody has finished nobody can move either: that is no knot, and has no sentences. */
export const proofOf = (certificate: Certificate | null): Certificate | null =>
  certificate?.certainty === "certain" && certificate.sentences.length > 0 ? certificate : null;

const rank = ({ certainty }: Certificate): number => (certainty === "certain" ? 1 : 0);

function certificateOf(machine: Machine, nowNs: number): Certificate {
  const { scene, ...graph } = graphOf(machine);
  const reduction = reduce(graph);
  const { moved, stuck } = reduction;
  const { atomicPages, minPages } = marksOf(machine);
  return {
    schema: "unwedge-certificate/v1",
    machine: machine.spec.name,
    atNs: nowNs,
    certainty: provesWedge(reduction) ? "certain" : null,
    ...tell(reduction),
    owners: ownersOf(scene),
    marks: [
      { pages: atomicPages, forbids: "GFP_ATOMIC: packets, ACKs, what is sent again" },
      { pages: minPages, forbids: "GFP_KERNEL and GFP_NOIO: programs, drivers without rights" },
    ],
    resources: graph.resources,
    stuck,
    moved,
  };
}

/** Whether parties of these names wait for one another in a circle, in this order. */
export function certificateHasCycle(certificate: Certificate, names: readonly string[]): boolean {
  const { resources, stuck, moved } = certificate;
  return hasCycle(edgesOf(reduce({ resources, parties: [...moved, ...stuck] })), names);
}
