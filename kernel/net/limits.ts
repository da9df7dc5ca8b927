// How much memory sockets, reassembly and queues may hold, as each kernel computes it at boot.
//
// tcp_mem and udp_mem are pages, tcp_rmem and tcp_wmem bytes. Linux: net/ipv4/tcp.c: tcp_init, tcp_init_mem;
// net/ipv4/udp.c: udp_init; net/core/sock.c; net/ipv4/ip_fragment.c; net/core/dev.c (6.1, 3.6; tcp_init of 2.6.12).
//
// Not modelled: sysctls per network namespace; tcp_max_orphans and the like, which bound no memory here.

import { KIB, MIB, PAGE_BYTES } from "#base/units.ts";
import type { Era } from "../era.ts";

export interface MemLimits {
  /** Below it there is no pressure. */
  readonly minPages: number;
  /** Above it sockets stop growing. */
  readonly pressurePages: number;
  /** Above it nothing more is taken in. */
  readonly maxPages: number;
}

export interface BufferLimits {
  readonly minBytes: number;
  readonly defaultBytes: number;
  readonly maxBytes: number;
}

export interface NetLimits {
  readonly tcpMem: MemLimits;
  /** null: UDP has no limit of its own. */
  readonly udpMem: MemLimits | null;
  readonly tcpRmem: BufferLimits;
  readonly tcpWmem: BufferLimits;
  /** net.core.rmem_default and rmem_max, which are equal. */
  readonly rmemDefaultBytes: number;
  readonly ipfragHighBytes: number;
  readonly ipfragLowBytes: number;
  /** net.core.netdev_max_backlog. */
  readonly backlogPackets: number;
  /** Packets of one device, and of all, in one softirq round. */
  readonly napiWeightPackets: number;
  readonly budgetPackets: number;
}

/** Limits of a machine; `bufferPages` is nr_free_buffer_pages() at boot, `managedPages` all its memory (2.6.12). */
export function netLimits(spec: {
  readonly era: Era;
  readonly bufferPages: number;
  readonly managedPages: number;
}): NetLimits {
  const { era, bufferPages } = spec;
  if (era === "2.6.12") return oldLimits(spec.managedPages);
  const rmemDefault = era === "6.1" ? 131_072 : 87_380;
  return {
    tcpMem: memLimits(bufferPages, era === "6.1" ? 16 : 8),
    udpMem: memLimits(bufferPages, 8),
    tcpRmem: bufferLimits(rmemDefault, Math.max(rmemDefault, share(bufferPages, 6 * MIB))),
    tcpWmem: bufferLimits(16 * KIB, Math.max(64 * KIB, share(bufferPages, 4 * MIB))),
    rmemDefaultBytes: RMEM_DEFAULT_BYTES,
    ipfragHighBytes: era === "6.1" ? 4 * MIB : 256 * KIB,
    ipfragLowBytes: era === "6.1" ? 3 * MIB : 192 * KIB,
    backlogPackets: 1000,
    napiWeightPackets: 64,
    budgetPackets: 300,
  };
}

/** 256 packets of 256 bytes, each with 576 of sk_buff and shared info: SK_RMEM_MAX, include/net/sock.h. */
const RMEM_DEFAULT_BYTES = 256 * (256 + 256 + 320);

/** A limit of 1/divisor of low memory, 128 pages at least; ¾ of it below, 1½ of it above. */
function memLimits(bufferPages: number, divisor: number): MemLimits {
  const pressurePages = Math.max(Math.floor(bufferPages / divisor), 128);
  const minPages = Math.floor(pressurePages / 4) * 3;
  return { minPages, pressurePages, maxPages: minPages * 2 };
}

/** A 128th of low memory, in bytes, up to `maxBytes`. */
function share(bufferPages: number, maxBytes: number): number {
  return Math.min(maxBytes, bufferPages * 32);
}

function bufferLimits(defaultBytes: number, maxBytes: number): BufferLimits {
  return { minBytes: PAGE_BYTES, defaultBytes, maxBytes };
}

/** 2.6.12 takes its limits from the size of TCP's table of bound ports, which it sizes by all of memory. */
function oldLimits(managedPages: number): NetLimits {
  const order = bindHashOrder(managedPages);
  const isSmall = order < 3;
  return {
    tcpMem: { minPages: 768 << order, pressurePages: 1024 << order, maxPages: 1536 << order },
    udpMem: null,
    tcpRmem: bufferLimits(isSmall ? 43_689 : 87_380, isSmall ? 87_378 : 174_760),
    tcpWmem: bufferLimits(16 * KIB, isSmall ? 64 * KIB : 128 * KIB),
    // 256 packets of 256 bytes with 248 of sk_buff; as x86-64 kernels of that time show it.
    rmemDefaultBytes: 129_024,
    ipfragHighBytes: 256 * KIB,
    ipfragLowBytes: 192 * KIB,
    backlogPackets: 300,
    napiWeightPackets: 64,
    budgetPackets: 300,
  };
}

/** sizeof(struct rt_hash_bucket): one pointer. */
const ROUTE_BUCKET_BYTES = 8;

/**
 * Most entries of the route cache (net.ipv4.route.max_size): 16 for each bucket, one bucket for 128 KiB, or 32 on machines
 * of 512 MiB and more. Linux 2.6.24: ip_rt_init(), net/ipv4/route.c; alloc_large_system_hash(), mm/page_alloc.c.
 */
export function routeEntriesMax(managedPages: number): number {
  const isLarge = managedPages >= 128 * 1024;
  const wanted = (Math.ceil(managedPages / 256) * 256) >> (isLarge ? 3 : 5);
  let buckets = PAGE_BYTES / ROUTE_BUCKET_BYTES;
  while (buckets < wanted) buckets *= 2;
  return buckets * 16;
}

/** sizeof(struct inet_bind_hashbucket) on x86-64: a lock and a list head. */
const BIND_BUCKET_BYTES = 16;

/** log2 of the pages that the table fills. Linux 2.6.12: alloc_large_system_hash(), one bucket for 8 or 32 KiB. */
function bindHashOrder(managedPages: number): number {
  const isLarge = managedPages >= 128 * 1024;
  const wanted = Math.max(1, (Math.ceil(managedPages / 256) * 256) >> (isLarge ? 1 : 3));
  const buckets = Math.min(1 << (32 - Math.clz32(wanted)), 64 * 1024);
  let order = 0;
  while (PAGE_BYTES << order < buckets * BIND_BUCKET_BYTES) order++;
  return order;
}
