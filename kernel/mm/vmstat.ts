// Event counters of memory management, under the names of /proc/vmstat. Linux: mm/vmstat.c, include/linux/vm_event_item.h.
//
// They only ever grow. What is a level rather than an event (nr_free_pages and its kin) is read off its owner when
// asked: see page-alloc.ts, page-frames.ts and lru.ts.
//
// Not modelled: per-CPU deltas and their drift, per-node and per-cgroup copies, counters of what is not modelled (NUMA,
// huge pages, swap readahead by VMA). allocstall and pgalloc are split by zone type as in 6.1.

const zeroes = {
  allocstall_dma: 0,
  allocstall_dma32: 0,
  allocstall_normal: 0,
  allocstall_movable: 0,
  compact_fail: 0,
  compact_migrate_scanned: 0,
  compact_stall: 0,
  compact_success: 0,
  drop_pagecache: 0,
  kswapd_high_wmark_hit_quickly: 0,
  kswapd_low_wmark_hit_quickly: 0,
  oom_kill: 0,
  pageoutrun: 0,
  pgactivate: 0,
  pgdeactivate: 0,
  pgfault: 0,
  pginodesteal: 0,
  pgmajfault: 0,
  pgpgin: 0,
  pgpgout: 0,
  pgrefill: 0,
  pgrotated: 0,
  pgscan_anon: 0,
  pgscan_direct: 0,
  pgscan_direct_throttle: 0,
  pgscan_file: 0,
  pgscan_kswapd: 0,
  pgsteal_anon: 0,
  pgsteal_direct: 0,
  pgsteal_file: 0,
  pgsteal_kswapd: 0,
  pswpin: 0,
  pswpout: 0,
  swap_ra: 0,
  swap_ra_hit: 0,
  workingset_activate_anon: 0,
  workingset_activate_file: 0,
  workingset_refault_anon: 0,
  workingset_refault_file: 0,
};

/** Counts since boot; scans and steals in pages, pgpgin and pgpgout in KiB. */
export type VmCounts = typeof zeroes;
export type VmstatName = keyof VmCounts;

export class Vmstat {
  readonly counts: VmCounts = { ...zeroes };

  save(): VmCounts {
    return { ...this.counts };
  }

  load(state: VmCounts): void {
    Object.assign(this.counts, state);
  }
}
