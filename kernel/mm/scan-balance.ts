// How many pages of each list a round of reclaim looks at. Linux: get_scan_count(), prepare_scan_count(), mm/vmscan.c.
//
// 6.1 weighs by what refaults cost, 3.x by how many of the scanned pages were kept, 2.6.12 leaves anonymous pages alone
// until the share of mapped pages and the distress say otherwise.
//
// Not modelled: refault costs (anon_cost and file_cost stay 0, so the weights are swappiness alone), recent_rotated of
// 3.x likewise, memory.low protection.

import { isqrt } from "#base/units.ts";
import { LRU } from "./lru-set.ts";
import type { Memory } from "./memory.ts";

/** DEF_PRIORITY, mm/vmscan.c: a round at priority p looks at 1/2^p of a list. */
export const DEF_PRIORITY = 12;

/** Pages to look at: inactive anon, active anon, inactive file, active file. */
export type ScanTargets = [number, number, number, number];

export interface ScanRequest {
  readonly set: number;
  readonly priority: number;
  readonly maySwap: boolean;
}

/** inactive_is_low(): the inactive list is kept at 1/ratio of the active one, ratio by size. */
export function inactiveIsLow(memory: Memory, set: number, kind: "anon" | "file"): boolean {
  const [inactiveKind, activeKind] =
    kind === "anon" ? [LRU.inactiveAnon, LRU.activeAnon] : [LRU.inactiveFile, LRU.activeFile];
  const inactive = memory.lru.size(set, inactiveKind);
  const active = memory.lru.size(set, activeKind);
  const gib = (inactive + active) >>> 18;
  return inactive * (gib > 0 ? isqrt(10 * gib) : 1) < active;
}

export function scanTargets(memory: Memory, request: ScanRequest): ScanTargets {
  const [anon, file] = weights(memory, request);
  const scan = (kind: 0 | 1 | 2 | 3, weight: number): number => {
    const pages = memory.lru.size(request.set, kind);
    const base = memory.parts.reclaim.pagesToScan({
      zone: {
        freePages: memory.parts.pages.freePages,
        watermark: memory.parts.pages.totalWatermark,
      },
      inactivePages: pages,
      priority: request.priority,
    });
    return weight === 0 ? 0 : Math.ceil((base * weight) / (anon + file));
  };
  return [
    scan(LRU.inactiveAnon, anon),
    scan(LRU.activeAnon, anon),
    scan(LRU.inactiveFile, file),
    scan(LRU.activeFile, file),
  ];
}

/** Weights of anonymous and file pages; equal ones are [1, 1]. */
function weights(
  memory: Memory,
  { set, priority, maySwap }: ScanRequest,
): readonly [number, number] {
  const { swappiness } = memory.parts.tunables;
  if (!maySwap || memory.swap.freeSlots === 0) return [0, 1];
  if (memory.parts.era === "2.6.12") return [reclaimMapped(memory, priority) ? 1 : 0, 1];
  if (priority === 0 && swappiness > 0) return [1, 1];
  if (fileIsTiny(memory, set, priority)) return [1, 0];
  if (memory.parts.era === "6.1" && hasFileToSpare(memory, set, priority)) return [0, 1];
  return [swappiness, 200 - swappiness];
}

/** refill_inactive_zone() of 2.6.12: mapped pages are left alone until ratio, distress and swappiness reach 100. */
function reclaimMapped(memory: Memory, priority: number): boolean {
  const managed = memory.parts.pages.zones.reduce((sum, zone) => sum + zone.managedPages, 0);
  const mapped = memory.lru.total(LRU.activeAnon) + memory.lru.total(LRU.inactiveAnon);
  const distress = 100 >> priority;
  return (
    Math.floor(Math.floor((mapped * 100) / managed) / 2) +
      distress +
      memory.parts.tunables.swappiness >=
    100
  );
}

function fileIsTiny(memory: Memory, set: number, priority: number): boolean {
  const file = memory.lru.size(set, LRU.inactiveFile) + memory.lru.size(set, LRU.activeFile);
  const { freePages, totalWatermark } = memory.parts.pages;
  if (file + freePages > totalWatermark.highPages) return false;
  if (memory.parts.era !== "6.1") return true;
  return (
    !inactiveIsLow(memory, set, "anon") && memory.lru.size(set, LRU.inactiveAnon) >> priority > 0
  );
}

function hasFileToSpare(memory: Memory, set: number, priority: number): boolean {
  return (
    memory.lru.size(set, LRU.inactiveFile) >> priority > 0 && !inactiveIsLow(memory, set, "file")
  );
}
