// Single pages kept apart for requests marked critical: filled at boot, and again by whatever single page is freed first.
// Dobson, "Critical page pool" (lkml, 2005-12-13): critical_pages, and only pages of order 0 since its second version.
//
// A page in the pool is the kernel's: neither free nor anybody's. Which request may have one is the policy's to say.

import { assert } from "#base/assert.ts";
import { asPfn, type Pfn } from "#base/units.ts";
import type { ReservePolicy } from "../policy/reserve/policy.ts";
import type { Current } from "../sched/current.ts";
import type { Gfp } from "./gfp.ts";
import { PAGE_KIND, type PageFrames, type PageKind } from "./page-frames.ts";

export interface CriticalPoolParts {
  readonly frames: PageFrames;
  readonly reserve: ReservePolicy;
  readonly current: Current;
  readonly sysctl: { readonly criticalPages?: number };
}

export class CriticalPool {
  readonly #parts: CriticalPoolParts;
  readonly #wantedPages: number;
  /** The last one put is the first one taken; never more than wanted. */
  readonly #pfns: number[] = [];

  constructor(parts: CriticalPoolParts) {
    this.#parts = parts;
    this.#wantedPages = parts.reserve.mayTakeKept === null ? 0 : (parts.sysctl.criticalPages ?? 0);
  }

  get pages(): number {
    return this.#pfns.length;
  }

  /** At boot, when memory is free: pages that are the kernel's already. */
  fill(alloc: () => Pfn | null): void {
    while (this.#pfns.length < this.#wantedPages) {
      const pfn = alloc();
      assert(pfn !== null, "no more pages are kept apart than memory has");
      this.#pfns.push(pfn);
    }
  }

  /** A page is being freed: whether it stays here, for a pool that is short goes before the free lists. */
  keep(pfn: number): boolean {
    const { frames } = this.#parts;
    if (this.#pfns.length >= this.#wantedPages || frames.order[pfn] !== 0) return false;
    this.#own(pfn, PAGE_KIND.kernel);
    this.#pfns.push(pfn);
    return true;
  }

  /** A page for a request that nothing else serves; null: it may not, or none is left. */
  take(gfp: Gfp, kind: PageKind): Pfn | null {
    const { reserve, current } = this.#parts;
    const { processFlags, inSoftirq } = current;
    if (reserve.mayTakeKept?.({ gfp, processFlags, inSoftirq }) !== true) return null;
    const pfn = this.#pfns.pop();
    if (pfn === undefined) return null;
    this.#own(pfn, kind);
    return asPfn(pfn);
  }

  #own(pfn: number, kind: PageKind): void {
    const { frames } = this.#parts;
    frames.countKind(frames.kind[pfn] ?? 0, -1);
    frames.countKind(kind, 1);
    frames.kind[pfn] = kind;
  }

  save(): readonly number[] {
    return [...this.#pfns];
  }

  load(state: readonly number[]): void {
    this.#pfns.splice(0, this.#pfns.length, ...state);
  }
}
