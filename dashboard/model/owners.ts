// Who holds a machine's memory: the parts of its bar, in the order in which they are drawn, each with what it means.

import type { PagesByOwner } from "#sim/index.ts";

export type Owner = Exclude<keyof PagesByOwner, "total">;

export interface OwnerPart {
  readonly owner: Owner;
  readonly name: string;
  readonly definition: string;
}

export const OWNERS: readonly OwnerPart[] = [
  {
    owner: "anon",
    name: "programs",
    definition: "Anonymous pages of programs. To free one it must be written to swap first.",
  },
  {
    owner: "writeback",
    name: "being written",
    definition: "Pages on their way to swap. Freed when the swap server answers.",
  },
  {
    owner: "fileClean",
    name: "files, clean",
    definition: "Pages of files as they are on disk. Whoever reclaims can take them at once.",
  },
  {
    owner: "fileDirty",
    name: "files, dirty",
    definition: "Changed pages of files. To free one it must be written first.",
  },
  {
    owner: "slab",
    name: "slab",
    definition: "The kernel's small objects, what packets hold not counted.",
  },
  {
    owner: "swapPackets",
    name: "swap packets",
    definition: "Packets of the swap socket, by truesize: unread, unsent or not acknowledged.",
  },
  {
    owner: "otherPackets",
    name: "other packets",
    definition: "Packets of all other sockets, by truesize. Freed when their program reads them.",
  },
  {
    owner: "kernel",
    name: "kernel",
    definition: "Receive buffers, page tables, per-CPU lists and the rest.",
  },
  {
    owner: "free",
    name: "free",
    definition: "Free pages. Below a mark they are not for everybody.",
  },
];

export interface BarPart extends OwnerPart {
  readonly pages: number;
  /** Of the whole bar. */
  readonly percent: number;
}

/** Parts that hold something. */
export const barParts = (pages: PagesByOwner): readonly BarPart[] =>
  OWNERS.map((part) => ({
    ...part,
    pages: pages[part.owner],
    percent: pages.total === 0 ? 0 : (pages[part.owner] * 100) / pages.total,
  })).filter((part) => part.pages > 0);
