// The lists reclaim looks at: inactive and active, anonymous and file, and the pages nobody may take.
// Linux: struct lruvec; one set for each zone up to 3.x, one for the node in 6.1.
//
// Not modelled: memory cgroups (one set serves all), 2.6.12's mixing of anonymous and file pages in one list (there the
// balance of scan-balance.ts decides what its mapped ratio decided), MGLRU (off in Debian's 6.1).

import type { Era } from "../era.ts";
import { Lru } from "./lru.ts";
import type { PageFrames } from "./page-frames.ts";

export const LRU = {
  inactiveAnon: 0,
  activeAnon: 1,
  inactiveFile: 2,
  activeFile: 3,
  unevictable: 4,
} as const;
export type LruKind = (typeof LRU)[keyof typeof LRU];
/** Lists of one set. */
const KINDS = 5;

export class LruSet {
  readonly #lru: Lru;
  readonly #zoneOf: (pfn: number) => number;
  readonly #perZone: boolean;
  readonly #zoneCount: number;
  readonly #zoneSizes: Int32Array;

  constructor(
    frames: PageFrames,
    era: Era,
    zones: { readonly count: number; readonly zoneOf: (pfn: number) => number },
  ) {
    this.#perZone = era !== "6.1";
    this.#zoneOf = zones.zoneOf;
    this.#zoneCount = zones.count;
    const names = Array.from(
      { length: this.setCount * KINDS },
      (_, i) => `set${Math.floor(i / KINDS)}.${i % KINDS}`,
    );
    this.#lru = new Lru(frames, names);
    this.#zoneSizes = new Int32Array(zones.count * KINDS);
  }

  /** Sets of lists: one for each zone, or one in all. */
  get setCount(): number {
    return this.#perZone ? this.#zoneCount : 1;
  }

  addHead(pfn: number, kind: LruKind): void {
    this.#lru.addHead(this.#list(pfn, kind), pfn);
    this.#count(pfn, kind, 1);
  }

  addTail(pfn: number, kind: LruKind): void {
    this.#lru.addTail(this.#list(pfn, kind), pfn);
    this.#count(pfn, kind, 1);
  }

  /** Take a page off its list. */
  remove(pfn: number): void {
    const kind = this.kindOf(pfn);
    if (kind === null) return;
    this.#lru.remove(pfn);
    this.#count(pfn, kind, -1);
  }

  /** Which kind of list the page is on; null when on none. */
  kindOf(pfn: number): LruKind | null {
    const list = this.#lru.listOf(pfn);
    return list < 0 ? null : kindFrom(list % KINDS);
  }

  /** The page that has been longest on the list; -1 when it is empty. */
  tail(set: number, kind: LruKind): number {
    return this.#lru.tail(set * KINDS + kind);
  }

  /** Pages on one list of one set. */
  size(set: number, kind: LruKind): number {
    return this.#lru.size(set * KINDS + kind);
  }

  /** Pages of one zone on lists of one kind. */
  zoneSize(zone: number, kind: LruKind): number {
    return this.#zoneSizes[zone * KINDS + kind] ?? 0;
  }

  /** Pages of all zones on lists of one kind. */
  total(kind: LruKind): number {
    let pages = 0;
    for (let zone = 0; zone < this.#zoneCount; zone++) pages += this.zoneSize(zone, kind);
    return pages;
  }

  save(): { readonly lru: ReturnType<Lru["save"]>; readonly zoneSizes: Int32Array } {
    return { lru: this.#lru.save(), zoneSizes: this.#zoneSizes.slice() };
  }

  load(state: ReturnType<LruSet["save"]>): void {
    this.#lru.load(state.lru);
    this.#zoneSizes.set(state.zoneSizes);
  }

  #list(pfn: number, kind: LruKind): number {
    return (this.#perZone ? this.#zoneOf(pfn) : 0) * KINDS + kind;
  }

  #count(pfn: number, kind: LruKind, by: number): void {
    const at = this.#zoneOf(pfn) * KINDS + kind;
    this.#zoneSizes[at] = (this.#zoneSizes[at] ?? 0) + by;
  }
}

function kindFrom(index: number): LruKind {
  switch (index) {
    case 0:
      return LRU.inactiveAnon;
    case 1:
      return LRU.activeAnon;
    case 2:
      return LRU.inactiveFile;
    case 3:
      return LRU.activeFile;
    default:
      return LRU.unevictable;
  }
}
