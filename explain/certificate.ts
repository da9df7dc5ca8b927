// A certificate: what the state of a machine proves, in sentences and as a graph. Plain data.

import type { Machine } from "#kernel/index.ts";
import type { Party, Resource } from "./graph.ts";
import { graphOf, groupsOf } from "./machine-graph.ts";
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

/**
 * What is proven of a cluster at `nowNs`: the first machine that is wedged for certain; else of the one with most stuck.
 * `areOfOneInstant`: whether these are the states of all machines at the same time. If not, nothing is proven of two together:
 * what one of them waited for may have been on its way before the other was looked at.
 */
export function explain(
  machines: readonly Machine[],
  { nowNs, areOfOneInstant = true }: { readonly nowNs: number; readonly areOfOneInstant?: boolean },
): Certificate | null {
  // Nothing can be proven of a machine that has no power: it will boot.
  const judged = machines.filter(({ isOff, spec }) => !isOff && spec.role === "machine");
  const groups = areOfOneInstant ? groupsOf(judged) : judged.map((machine) => [machine]);
  const certificates = groups.flatMap((group) => certificatesOf(group, nowNs));
  const [first] = certificates.sort((a, b) => rank(b) - rank(a) || b.stuck.length - a.stuck.length);
  return first ?? null;
}

/** Only what proves something. Where everybody has finished nobody can move either: that is no knot, and has no sentences. */
export const proofOf = (certificate: Certificate | null): Certificate | null =>
  certificate?.certainty === "certain" && certificate.sentences.length > 0 ? certificate : null;

/** Machines that a certificate is about, the one it was drawn up for first. */
export const machinesOf = ({ machine, stuck }: Certificate): readonly string[] => [
  ...new Set([machine, ...stuck.map((party) => party.machine)]),
];

/** `A`, `A and D`, `A, C and D`. */
export function machinesText(certificate: Certificate): string {
  const names = machinesOf(certificate);
  return [names.slice(0, -1).join(", "), ...names.slice(-1)]
    .filter((name) => name !== "")
    .join(" and ");
}

const rank = ({ certainty }: Certificate): number => (certainty === "certain" ? 1 : 0);

/** Of machines that are judged together, one for each. */
function certificatesOf(group: readonly Machine[], nowNs: number): readonly Certificate[] {
  const graphs = group.map((machine) => graphOf(machine, group));
  const resources = graphs.flatMap((graph) => graph.resources);
  const parties = graphs.flatMap((graph) =>
    group.length > 1 ? named(graph.parties) : graph.parties,
  );
  const reduction = reduce({ resources, parties });
  const { moved, stuck } = reduction;
  const isOf =
    (name: string) =>
    (party: Party): boolean =>
      party.machine === name;
  const wedged = new Set(
    group
      .map(({ spec }) => spec.name)
      .filter((name) =>
        provesWedge({ moved: moved.filter(isOf(name)), stuck: stuck.filter(isOf(name)) }),
      ),
  );
  return graphs.map(({ scene }) => {
    const { machine, name } = scene;
    const told = stuck.filter((party) => party.machine === name || wedged.has(party.machine));
    const { atomicPages, minPages } = marksOf(machine);
    return {
      schema: "unwedge-certificate/v1",
      machine: name,
      atNs: nowNs,
      certainty: wedged.has(name) ? "certain" : null,
      ...tell({ ...reduction, stuck: told }),
      owners: ownersOf(scene),
      marks: [
        { pages: atomicPages, forbids: "GFP_ATOMIC: packets, ACKs, what is sent again" },
        { pages: minPages, forbids: "GFP_KERNEL and GFP_NOIO: programs, drivers without rights" },
      ],
      resources,
      stuck: told,
      moved,
    };
  });
}

/** Where several machines are told of, each party says whose it is. */
const named = (parties: readonly Party[]): readonly Party[] =>
  parties.map((party) => {
    const { id, name, machine } = party;
    if (name.split(/['/ ]/).includes(machine)) return party;
    const isPeers = id.includes("/answers:");
    return { ...party, name: isPeers ? `${name} to ${machine}` : `${machine}'s ${name}` };
  });

/** Whether parties of these names wait for one another in a circle, in this order. */
export function certificateHasCycle(certificate: Certificate, names: readonly string[]): boolean {
  const { resources, stuck, moved } = certificate;
  return hasCycle(edgesOf(reduce({ resources, parties: [...moved, ...stuck] })), names);
}
