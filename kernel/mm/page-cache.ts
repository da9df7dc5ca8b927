// Pages of files: which are in memory, which of them are dirty, and what a touch does to their age.
// Linux: mm/filemap.c, mm/swap.c (folio_mark_accessed), mm/page-writeback.c (folio_account_dirtied).
//
// A page knows how often it was written, as anonymous pages do; what comes back from the disk is compared with that. A page
// that nobody ever wrote holds zeros.
//
// Not modelled: mappings of files (programs read and write them by system calls), file systems (a file lies in one piece on
// its device and has no metadata), partial pages, files that grow or are truncated.

import { assert } from "#base/assert.ts";
import { asPfn } from "#base/units.ts";
import { GFP_HIGHUSER_MOVABLE, GFP_KERNEL } from "./gfp.ts";
import { LRU } from "./lru-set.ts";
import type { Memory } from "./memory.ts";
import {
  PAGE_KIND,
  PG_ACTIVE,
  PG_DIRTY,
  PG_LOCKED,
  PG_RECLAIM,
  PG_REFERENCED,
  PG_UPTODATE,
  PG_WRITEBACK,
} from "./page-frames.ts";
import { clear, freeFrame, has, set } from "./page-life.ts";
import { PageTree, type PageTreeState } from "./page-tree.ts";
import { freshReadahead, type Readahead } from "./readahead.ts";

/** Owners of pages from here on are files; below they are address spaces. */
export const FILE_OWNERS = 0x4000_0000;

export interface FileSpec {
  readonly name: string;
  readonly pageCount: number;
  /** Number of the device it lies on; -1 is none: its pages can be dropped and never read again. */
  readonly device: number;
  /** Its first page on the device. */
  readonly firstSlot: number;
}

export class CachedFile {
  readonly id: number;
  readonly spec: FileSpec;
  readonly tree: PageTree;
  /** Times each page was written; what its content must be. */
  readonly versions: Uint32Array;
  dirtyPages = 0;
  /** When its oldest dirty page became dirty, in ns; means nothing while none is. */
  dirtiedAtNs = 0;
  /** Where writeback goes on. */
  cursor = 0;

  constructor(id: number, spec: FileSpec, tree: PageTree) {
    this.id = id;
    this.spec = spec;
    this.tree = tree;
    this.versions = new Uint32Array(spec.pageCount);
  }

  get owner(): number {
    return FILE_OWNERS + this.id;
  }
}

export class PageCache {
  readonly #memory: Memory;
  readonly files: CachedFile[] = [];
  /** One for each open file: where its reader was and what was read ahead of it. */
  readonly readers: Readahead[] = [];
  /** NR_FILE_DIRTY: dirty pages that are not being written. */
  dirtyPages = 0;

  constructor(memory: Memory) {
    this.#memory = memory;
    memory.dropFilePage = (pfn) => this.#drop(pfn);
  }

  add(spec: FileSpec): CachedFile {
    const { nodes } = this.#memory;
    const file = new CachedFile(this.files.length, spec, new PageTree(spec.pageCount, nodes));
    this.files.push(file);
    return file;
  }

  /** Open a file for reading: the number of the reader. */
  open(): number {
    return this.readers.push(freshReadahead()) - 1;
  }

  file(id: number): CachedFile {
    const file = this.files[id];
    assert(file !== undefined, "a file's id is an index");
    return file;
  }

  fileOf(pfn: number): CachedFile {
    return this.file((this.#memory.parts.frames.mapping[pfn] ?? 0) - FILE_OWNERS);
  }

  indexOf(pfn: number): number {
    return this.#memory.parts.frames.index[pfn] ?? -1;
  }

  /** Give a new frame to page `index`, on the inactive list; false when there is no memory for the tree. */
  insert(file: CachedFile, index: number, pfn: number): boolean {
    const memory = this.#memory;
    const outer = memory.nodeGfp;
    memory.nodeGfp = GFP_KERNEL;
    const isIn = file.tree.set(index, pfn);
    memory.nodeGfp = outer;
    if (!isIn) return false;
    const { frames } = memory.parts;
    frames.mapping[pfn] = file.owner;
    frames.index[pfn] = index;
    frames.slot[pfn] = -1;
    frames.stamp[pfn] = file.versions[index] ?? 0;
    memory.lru.addHead(pfn, LRU.inactiveFile);
    return true;
  }

  /** A page is used: the second time it is made active. */
  markAccessed(pfn: number): void {
    const memory = this.#memory;
    if (!has(memory, pfn, PG_REFERENCED)) {
      set(memory, pfn, PG_REFERENCED);
      return;
    }
    if (has(memory, pfn, PG_ACTIVE) || memory.lru.kindOf(pfn) === null) return;
    memory.lru.remove(pfn);
    clear(memory, pfn, PG_REFERENCED);
    set(memory, pfn, PG_ACTIVE);
    memory.lru.addHead(pfn, LRU.activeFile);
    memory.parts.vmstat.counts.pgactivate++;
  }

  /** Write a whole page that is in memory. */
  write(file: CachedFile, index: number, pfn: number): void {
    const memory = this.#memory;
    const version = ((file.versions[index] ?? 0) + 1) >>> 0;
    file.versions[index] = version;
    memory.parts.frames.stamp[pfn] = version;
    set(memory, pfn, PG_UPTODATE);
    clear(memory, pfn, PG_RECLAIM);
    this.markDirty(file, pfn);
  }

  markDirty(file: CachedFile, pfn: number): void {
    if (has(this.#memory, pfn, PG_DIRTY)) return;
    set(this.#memory, pfn, PG_DIRTY);
    if (file.dirtyPages++ === 0) file.dirtiedAtNs = this.#memory.nowNs;
    this.dirtyPages++;
  }

  /** A dirty page's write begins: it is clean unless it is written again. */
  noteClean(file: CachedFile): void {
    file.dirtyPages--;
    this.dirtyPages--;
    assert(file.dirtyPages >= 0, "a file has no fewer than no dirty pages");
  }

  /** The next page of the file, in its order, that writeback could write; -1 when there is none. */
  nextDirty(file: CachedFile): number {
    if (file.dirtyPages === 0) return -1;
    const { pageCount } = file.spec;
    for (let looked = 0; looked < pageCount; looked++) {
      const pfn = file.tree.frameAt(file.cursor);
      file.cursor = file.cursor + 1 === pageCount ? 0 : file.cursor + 1;
      if (pfn < 0 || !has(this.#memory, pfn, PG_DIRTY)) continue;
      if (!has(this.#memory, pfn, PG_LOCKED | PG_WRITEBACK)) return pfn;
    }
    return -1;
  }

  /** Fill memory with up to `pages` clean pages of a file that lies nowhere, as programs that were read leave them. */
  fillClean(pages: number): void {
    const file = this.add({ name: "boot", pageCount: pages, device: -1, firstSlot: 0 });
    for (let index = 0; index < pages; index++) {
      const pfn = this.#memory.parts.pages.alloc(0, GFP_HIGHUSER_MOVABLE, PAGE_KIND.file);
      if (pfn === null) return;
      if (!this.insert(file, index, pfn)) {
        this.#memory.parts.pages.free(pfn);
        return;
      }
      set(this.#memory, pfn, PG_UPTODATE);
    }
  }

  /** Reclaim holds the page: take it out of its file and free it, if nothing is going on with it. */
  #drop(pfn: number): boolean {
    const memory = this.#memory;
    if (has(memory, pfn, PG_LOCKED | PG_WRITEBACK | PG_DIRTY)) return false;
    this.fileOf(pfn).tree.remove(this.indexOf(pfn));
    freeFrame(memory, asPfn(pfn));
    return true;
  }

  save(): PageCacheState {
    return {
      files: this.files.map(({ spec, tree, versions, dirtyPages, dirtiedAtNs, cursor }) => ({
        spec,
        tree: tree.save(),
        versions: versions.slice(),
        dirtyPages,
        dirtiedAtNs,
        cursor,
      })),
      readers: this.readers.map((reader) => ({ ...reader })),
      dirtyPages: this.dirtyPages,
    };
  }

  /** Whatever files it had, it has those of the state. */
  load(state: PageCacheState): void {
    this.files.length = 0;
    for (const saved of state.files) {
      const file = this.add(saved.spec);
      file.tree.load(saved.tree);
      file.versions.set(saved.versions);
      file.dirtyPages = saved.dirtyPages;
      file.dirtiedAtNs = saved.dirtiedAtNs;
      file.cursor = saved.cursor;
    }
    this.readers.splice(0, this.readers.length, ...state.readers.map((reader) => ({ ...reader })));
    this.dirtyPages = state.dirtyPages;
  }
}

export interface PageCacheState {
  readonly files: readonly {
    readonly spec: FileSpec;
    readonly tree: PageTreeState;
    readonly versions: Uint32Array;
    readonly dirtyPages: number;
    readonly dirtiedAtNs: number;
    readonly cursor: number;
  }[];
  readonly readers: readonly Readahead[];
  readonly dirtyPages: number;
}
