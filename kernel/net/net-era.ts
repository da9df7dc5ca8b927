// What differs between kernels in the network stack, in one table. Each number has its source beside it.
//
// Not modelled: what changed between 3.6 and 6.1 one release at a time; "3.x" is 3.6 as merged.

import { fromMs, fromS } from "#base/units.ts";
import type { Era } from "../era.ts";

export interface NetEra {
  readonly name: Era;
  /** Retransmission timeout without a round-trip sample, in ns. TCP_TIMEOUT_INIT, include/net/tcp.h. */
  readonly initialRtoNs: number;
  /** Segments sent before the first ACK. TCP_INIT_CWND, include/net/tcp.h. */
  readonly initialCwndSegments: number;
  /** tcp_adv_win_scale: free buffer space minus its 2^-n is what is advertised. */
  readonly advWinScale: number;
  /** Initial window offered, in segments; 0 is all the buffer has. TCP_DEFAULT_INIT_RCVWND (3.x), RFC 2414 (2.6.12). */
  readonly initialWindowSegments: number;
  /** What TCP sends has its clone beside it (2.6.14). alloc_skb_fclone(), include/linux/skbuff.h. */
  readonly hasFclones: boolean;
  /** Neighbouring skbs of a queue share one head (3.5). tcp_try_coalesce(). */
  readonly coalesces: boolean;
  /** napi_gro_receive() (2.6.29). */
  readonly hasGro: boolean;
  /** Receive buffers are page fragments, not kmalloc. __netdev_alloc_frag() (3.5). */
  readonly hasPageFrags: boolean;
  /** Fragments are cut from blocks of 2^3 pages where there are (3.7); from single pages before. */
  readonly fragOrder: number;
  /** A cached fragment page from the reserve is kept in use after the pressure (until 5.10). */
  readonly fragsStickToReserve: boolean;
  /** Small receive skbs are quarters of a page (6.1). page_frag_alloc_1k(), net/core/skbuff.c. */
  readonly hasSmallFrags: boolean;
  /** NAPI keeps sk_buffs of its own (5.13). napi_skb_cache_get(), net/core/skbuff.c. */
  readonly keepsNapiStructs: boolean;
  /** Socket pages are counted per CPU up to this many; 0 is at once. SK_MEMORY_PCPU_RESERVE, include/net/sock.h. */
  readonly perCpuReservePages: number;
  /** truesize of a head counts its shared info too. SKB_TRUESIZE(), include/linux/skbuff.h. */
  readonly countsSharedInfo: boolean;
  /** Whether a full reassembly evicts the oldest queues (before 4.x) or refuses new ones. */
  readonly fragEvicts: boolean;
  /** One destination entry a peer, charged on first use (until 3.5). net/ipv4/route.c. */
  readonly hasRouteCache: boolean;
  /** Segments in one skb of a sender. 17 fragments of a page with TSO; one without. */
  readonly segmentsPerTxSkb: number;
}

const old: NetEra = {
  name: "2.6.12",
  initialRtoNs: fromS(3),
  initialCwndSegments: 3,
  advWinScale: 2,
  initialWindowSegments: 4,
  hasFclones: false,
  coalesces: false,
  hasGro: false,
  hasPageFrags: false,
  fragOrder: 0,
  fragsStickToReserve: false,
  hasSmallFrags: false,
  keepsNapiStructs: false,
  perCpuReservePages: 0,
  countsSharedInfo: false,
  fragEvicts: true,
  hasRouteCache: true,
  segmentsPerTxSkb: 1,
};

const middle: NetEra = {
  ...old,
  name: "3.x",
  initialRtoNs: fromS(1),
  initialCwndSegments: 10,
  advWinScale: 1,
  initialWindowSegments: 10,
  hasFclones: true,
  coalesces: true,
  hasGro: true,
  hasPageFrags: true,
  fragsStickToReserve: true,
  countsSharedInfo: true,
  hasRouteCache: false,
  segmentsPerTxSkb: 16,
};

const today: NetEra = {
  ...middle,
  name: "6.1",
  initialWindowSegments: 0,
  fragOrder: 3,
  fragsStickToReserve: false,
  hasSmallFrags: true,
  keepsNapiStructs: true,
  perCpuReservePages: 256,
  fragEvicts: false,
};

export const netEras = {
  "2.6.12": old,
  "3.x": middle,
  "6.1": today,
} as const satisfies Record<Era, NetEra>;

/** TCP_RTO_MIN, TCP_RTO_MAX, TCP_DELACK_MIN (TCP_ATO_MIN), TCP_DELACK_MAX: include/net/tcp.h. */
export const RTO_MIN_NS = fromMs(200);
export const RTO_MAX_NS = fromS(120);
export const DELACK_MIN_NS = fromMs(40);
export const DELACK_MAX_NS = fromMs(200);
/** TCP_RESOURCE_PROBE_INTERVAL: a retransmission that failed locally is tried again after this, include/net/tcp.h. */
export const RESOURCE_PROBE_NS = fromMs(500);
/** TCP_MAX_QUICKACKS, include/net/tcp.h. */
export const QUICKACKS_MAX = 16;
