// Memory that comes back by itself, or as soon as somebody reclaims.

import { PF_KSWAPD, type Task } from "#kernel/index.ts";
import { FREE } from "./graph.ts";
import type { Scene } from "./scene.ts";

export const isKswapd = (task: Task): boolean => (task.flags & PF_KSWAPD) !== 0;

/** What a fault keeps from the host comes back when it heals, taken to be so at once; in truth its thread has to be free. */
export function drawBalloon(scene: Scene): void {
  const { pages } = scene.machine.balloon;
  if (pages === 0) return;
  scene.party({
    id: "balloon",
    name: "the balloon",
    text: `${pages} pages, given back when its fault heals`,
    wants: FREE,
    holds: [{ resource: scene.id("page"), units: pages }],
    gives: [scene.id("freed")],
  });
}

/** Clean pages are free as soon as somebody reclaims, and then those on per-CPU lists are given back (drain_all_pages). */
export function drawReclaim(scene: Scene): void {
  const { cleanPages, perCpuPages } = scene.counts;
  const page = scene.id("page");
  if (cleanPages > 0)
    scene.party({
      id: "clean",
      name: "clean pages",
      text: `${cleanPages} pages, for whoever reclaims`,
      wants: [[scene.need("scan")]],
      holds: [{ resource: page, units: cleanPages }],
      gives: [scene.id("freed")],
    });
  scene.party({
    id: "per-cpu",
    name: "per-CPU lists",
    text: `${perCpuPages} pages, given back when reclaim has freed one`,
    wants: [[scene.need("freed")]],
    holds: [{ resource: page, units: perCpuPages }],
  });
  drawRightsToCome(scene);
}

/** Pages that are free and kept from everybody, until a reclaimer has found nothing, or kswapd has done its round. */
function drawRightsToCome(scene: Scene): void {
  const { pages, era } = scene.machine.memory.parts;
  const page = scene.id("page");
  const boosted = pages.zones.reduce((sum, { boostPages }) => sum + boostPages, 0);
  // What older kernels set aside (MIGRATE_RESERVE) stays so.
  const highatomic = era === "6.1" ? pages.freeHighatomicPages() : 0;
  const kswapd = scene.machine.sched.tasks().find(isKswapd);
  if (highatomic > 0)
    scene.party({
      id: "highatomic",
      name: "HIGHATOMIC blocks",
      text: `${highatomic} free pages, opened by a reclaimer that gets nothing (unreserve_highatomic_pageblock)`,
      wants: [[scene.need("scan")]],
      holds: [{ resource: page, units: highatomic }],
    });
  if (boosted > 0 && kswapd !== undefined)
    scene.party({
      id: "boost",
      name: "boosted marks",
      text: `fall by ${boosted} pages when kswapd has done its round`,
      wants: [[scene.need(`task:${kswapd.id}`)]],
      holds: [{ resource: page, units: boosted }],
    });
}
