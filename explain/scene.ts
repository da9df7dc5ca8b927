// One machine while its graph is drawn: what is asked of it, and what has been drawn so far.

import { type Machine, machineMarks } from "#kernel/index.ts";
import { type Need, need, type Party, type Resource } from "./graph.ts";
import { countPages, type PageCounts } from "./pages.ts";
import { Probe, type Refused } from "./probe.ts";
import { relaySocks } from "./relay-threads.ts";

export type Disk = NonNullable<Machine["block"]>;
type OwnParty = Omit<Party, "machine">;

/** A party that holds nothing, gives nothing and has waited since no time in particular. */
const PLAIN = { holds: [], gives: [], isUseful: false, sinceNs: null } as const;

export class Scene {
  readonly machine: Machine;
  readonly name: string;
  readonly probe: Probe;
  readonly counts: PageCounts;
  /** Devices behind sockets: swap first, then disks for files. */
  readonly disks: readonly Disk[];
  readonly swapSocks: ReadonlySet<number>;
  /** Machines among those it is judged with, by name: what it waits for of theirs is not taken to come by itself. */
  readonly partners: ReadonlyMap<string, Machine>;
  readonly resources: Resource[] = [];
  readonly parties: Party[] = [];

  constructor(machine: Machine, partners: readonly Machine[]) {
    this.machine = machine;
    this.partners = new Map(partners.map((partner) => [partner.spec.name, partner]));
    this.name = machine.spec.name;
    this.probe = new Probe(machine);
    this.counts = countPages(machine);
    const { swap, disks } = machine.storage;
    this.disks = [swap, ...disks].filter((disk): disk is Disk => disk !== null && "device" in disk);
    const socks = this.disks.map(({ device }) => device.sock);
    this.swapSocks = new Set([...socks, ...relaySocks(machine)]);
  }

  /** What something of this machine's is called in the graph of all. */
  id(suffix: string): string {
    return `${this.name}/${suffix}`;
  }

  reusable(suffix: string, units: number, what: string): void {
    this.resources.push({ id: this.id(suffix), kind: "reusable", units, what });
  }

  consumable(suffix: string, what: string): void {
    this.resources.push({ id: this.id(suffix), kind: "consumable", units: 0, what });
  }

  party(spec: Pick<OwnParty, "id" | "name" | "text" | "wants"> & Partial<OwnParty>): void {
    this.parties.push({ ...PLAIN, ...spec, id: this.id(spec.id), machine: this.name });
  }

  need(suffix: string, units = 1, rule?: string): Need {
    return need(this.id(suffix), units, rule);
  }

  /** A packet taken up from the card that leads to this peer. */
  packetFrom(peer: string): Need {
    return this.need(cardId("packet", this.machine.net.cards.indexOf(peer)));
  }

  /** A packet from any card: one of these. */
  anyPacket(): readonly (readonly Need[])[] {
    return this.machine.net.cards.rings.map((_, card) => [this.need(cardId("packet", card))]);
  }

  /**
   * So many free pages that this would be served; they are taken to be free where it looks for them. Who wants pages side
   * by side of which there are none, and none can come by themselves, wants somebody's who is not there yet.
   */
  page({ rule, lackPages, order }: Refused): Need {
    if (rule !== "NO_BLOCK" || order === 0 || this.probe.couldHaveBlock(order))
      return this.need("page", this.counts.freePages + lackPages, rule);
    return this.need("block", 1, rule);
  }

  /**
   * A block of pages side by side, for those whose pages may make one: all who have any, but those that couldHaveBlock()
   * has taken into account.
   */
  drawBlocks(): void {
    this.reusable("block", 0, "free pages side by side");
    const page = this.id("page");
    const counted = new Set(
      ["clean", "per-cpu", "highatomic", "boost", "passing:0", "passing:1"].map((id) =>
        this.id(id),
      ),
    );
    for (const [i, party] of this.parties.entries())
      if (
        !counted.has(party.id) &&
        party.holds.some(({ resource, units }) => resource === page && units > 0)
      )
        this.parties[i] = {
          ...party,
          holds: [...party.holds, { resource: this.id("block"), units: 1 }],
        };
  }
}

/** What names something of a card in the graph. */
export const cardId = (what: string, card: number): string =>
  card === 0 ? what : `${what}:${card}`;

/** How many pages are free, and why none of them is for a request that this rule refuses. */
export function freeText(scene: Scene, { rule, order }: Refused): string {
  const { freePages } = scene.counts;
  const marks = marksOf(scene.machine);
  switch (rule) {
    case "ATOMIC_FLOOR":
      return `${freePages} pages free, GFP_ATOMIC ends at ${marks.atomicPages}`;
    case "MIN_MARK":
      return `${freePages} pages free, this ends at ${marks.minPages}`;
    case "EMPTY":
      return "no page is free";
    case "HIGHATOMIC":
      return `${freePages} pages free, in HIGHATOMIC blocks`;
    case "NO_BLOCK":
      return noBlockText(freePages, marks.minPages, 1 << order);
    default:
      return `${freePages} pages free, none for it`;
  }
}

/** Above min there is enough and it is in crumbs; below there is little, whatever its shape. */
const noBlockText = (freePages: number, minPages: number, runPages: number): string =>
  freePages > minPages
    ? `fragmentation: ${freePages} pages free, min is ${minPages}, no ${runPages} side by side`
    : `${freePages} pages free, min is ${minPages}, no ${runPages} of them side by side`;

export interface Marks {
  /** What a flood of GFP_ATOMIC requests leaves free, in pages. */
  readonly atomicPages: number;
  readonly minPages: number;
}

export function marksOf({ spec, memory }: Machine): Marks {
  const { zones, minFreeKiB } = memory.parts.pages;
  const minPages = zones.reduce((sum, zone) => sum + zone.minPages, 0);
  if (spec.role !== "machine") return { atomicPages: 0, minPages };
  const { floodFloorPages } = machineMarks({
    era: spec.policy.era,
    minFreeKiB,
    watermarkScaleFactor: spec.memory.watermarkScaleFactor,
    zones: zones.map(({ name, managedPages }) => ({
      name,
      managedPages,
      presentPages: managedPages,
    })),
  });
  return { atomicPages: floodFloorPages, minPages };
}
