// The general caches: memory by size. Linux: mm/slab_common.c: kmalloc_info, kmalloc_slab; include/linux/slab.h (6.1).
//
// Not modelled: DMA, reclaimable and cgroup copies of the caches.

/** Largest object of a cache; beyond it whole pages are given. Linux: KMALLOC_MAX_CACHE_SIZE (SLUB): two pages. */
export const KMALLOC_CACHE_BYTES_MAX = 8192;

export const kmallocSizes = [
  8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192,
] as const;

/** The size of the cache that serves `bytes`, 1 ≤ bytes ≤ KMALLOC_CACHE_BYTES_MAX. Linux: kmalloc_size_roundup(). */
export function kmallocBytes(bytes: number): number {
  return kmallocSizes.find((size) => size >= bytes) ?? KMALLOC_CACHE_BYTES_MAX;
}

/** A cache's name as /proc/slabinfo has it: kmalloc-192, kmalloc-2k. */
export function kmallocName(bytes: number): string {
  return bytes >= 1024 ? `kmalloc-${bytes / 1024}k` : `kmalloc-${bytes}`;
}
