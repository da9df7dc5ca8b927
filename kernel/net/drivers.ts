// Network drivers, as far as they differ in where receive memory comes from and what they do when there is none.
//
// With the same load one driver wedges a machine and another one saves it, for no other reason than the call it takes
// its buffers with. Sizes and rights follow Linux 6.1 (each driver's source); truesizes were measured.
//
// A frame above the standard MTU lies in one head as large as it is, or in pieces of pages behind a small one. The one needs a
// block of pages side by side and so fails where memory is fragmented; the other takes any page.
//
// Not modelled: rings of several queues; pieces with descriptors of their own (all that one frame may need counts as one);
// ixgbe's buffers of 3 KiB in blocks of two pages (4.12 and later; its jumbo frames here are those of the legacy-rx flag,
// its small ones are not).

import { fromMs, fromS, PAGE_BYTES } from "#base/units.ts";

/**
 * How a receive buffer is taken, and so what it may dig into.
 * `netdev_alloc_skb`: kmalloc at boot, a page fragment after that; from the reserve if a socket is marked.
 * `napi_alloc_skb`: a page fragment; from the reserve if a socket is marked.
 * `napi_alloc_frag`: a page fragment without an sk_buff; never from the reserve.
 * `page_frag_refill`: a piece of the driver's own block; never from the reserve.
 * `dev_alloc_page`: half a page; always from the reserve if need be.
 */
export type RxClass =
  | "netdev_alloc_skb"
  | "napi_alloc_skb"
  | "napi_alloc_frag"
  | "page_frag_refill"
  | "dev_alloc_page";

/** A small head, and pieces of a page or of a block behind it. */
export interface FrameSplit {
  /** Frames up to so many bytes lie in the head alone; the pieces stay for the next one. */
  readonly headBytes: number;
  readonly pieceBytes: number;
  /** Whether the head waits in the ring as well, or is allocated when there is a frame. */
  readonly head: "in-ring" | "late";
}

export interface DriverProfile {
  readonly name: string;
  /** One line for menus and the generated reference. */
  readonly summary: string;
  readonly rxClass: RxClass;
  /** What the driver asks for, for the standard MTU, in bytes. */
  readonly bufferBytes: number;
  /** How frames above the standard MTU are taken; null: this profile takes none. */
  readonly jumbo: "one-head" | FrameSplit | null;
  /** Frames up to this many bytes are copied to a buffer of their own, and the big one stays in the ring; 0 is none. */
  readonly copybreakBytes: number;
  /** Without memory for another buffer: let the ring shrink, or drop the packet and use its buffer again. */
  readonly whenRefused: "shrink" | "recycle";
  /** How an empty ring is tried again: an interrupt of the watchdog, or a work item that may reclaim. */
  readonly retry: { readonly by: "watchdog" | "work"; readonly everyNs: number };
  /** Refill begins when this many descriptors are empty. */
  readonly refillThreshold: number;
  readonly ringSize: number;
  /** Descriptors that are never filled, so that a full ring can be told from an empty one. */
  readonly unusedDescriptors: number;
}

/** e1000 and e1000e: the watchdog task runs every 2 s and raises an interrupt "to ensure the ring is cleaned". */
const watchdog = { by: "watchdog", everyNs: fromS(2) } as const;
/** ETH_DATA_LEN, include/uapi/linux/if_ether.h. */
export const STANDARD_MTU_BYTES = 1500;
/** VLAN_ETH_FRAME_LEN and the checksum. */
const FULL_FRAME_BYTES = 1522;

export const drivers = {
  "e1000e-like": {
    name: "e1000e-like",
    summary: "netdev_alloc_skb: digs into the reserve as soon as one socket is marked.",
    rxClass: "netdev_alloc_skb",
    bufferBytes: FULL_FRAME_BYTES,
    jumbo: { headBytes: 128, pieceBytes: PAGE_BYTES, head: "in-ring" },
    copybreakBytes: 255,
    whenRefused: "shrink",
    retry: watchdog,
    refillThreshold: 1,
    ringSize: 256,
    unusedDescriptors: 1,
  },
  "e1000-like": {
    name: "e1000-like",
    summary: "page fragments taken GFP_ATOMIC: its ring runs dry at the atomic floor.",
    rxClass: "napi_alloc_frag",
    bufferBytes: FULL_FRAME_BYTES,
    jumbo: { headBytes: 192, pieceBytes: PAGE_BYTES, head: "late" },
    copybreakBytes: 256,
    whenRefused: "shrink",
    retry: watchdog,
    refillThreshold: 1,
    ringSize: 256,
    unusedDescriptors: 1,
  },
  "virtio-like": {
    name: "virtio-like",
    summary:
      "pieces of a block of its own, taken GFP_ATOMIC, then by a work item that may reclaim.",
    rxClass: "page_frag_refill",
    bufferBytes: 1536,
    jumbo: { headBytes: 128, pieceBytes: 1536, head: "late" },
    copybreakBytes: 128,
    whenRefused: "shrink",
    retry: { by: "work", everyNs: fromMs(500) },
    refillThreshold: 33,
    ringSize: 256,
    unusedDescriptors: 0,
  },
  "8139cp-like": {
    name: "8139cp-like",
    summary: "napi_alloc_skb, and keeps the old buffer when there is no new one.",
    rxClass: "napi_alloc_skb",
    bufferBytes: 1536,
    jumbo: null,
    copybreakBytes: 0,
    whenRefused: "recycle",
    retry: watchdog,
    refillThreshold: 1,
    ringSize: 64,
    unusedDescriptors: 0,
  },
  "vmxnet3-like": {
    name: "vmxnet3-like",
    summary: "netdev_alloc_skb, and keeps the old buffer when there is no new one.",
    rxClass: "netdev_alloc_skb",
    bufferBytes: 1536,
    jumbo: null,
    copybreakBytes: 0,
    whenRefused: "recycle",
    retry: watchdog,
    refillThreshold: 1,
    ringSize: 1024,
    unusedDescriptors: 0,
  },
  "ixgbe-like": {
    name: "ixgbe-like",
    summary: "dev_alloc_page: may dig into the reserve even when nobody swaps over the network.",
    rxClass: "dev_alloc_page",
    bufferBytes: 2048,
    jumbo: { headBytes: 256, pieceBytes: 2048, head: "late" },
    copybreakBytes: 0,
    whenRefused: "shrink",
    retry: watchdog,
    refillThreshold: 16,
    ringSize: 512,
    unusedDescriptors: 1,
  },
  "forcedeth-like": {
    name: "forcedeth-like",
    summary: "netdev_alloc_skb for the whole frame: of 9000 bytes, four pages side by side.",
    rxClass: "netdev_alloc_skb",
    bufferBytes: STANDARD_MTU_BYTES + 128,
    jumbo: "one-head",
    copybreakBytes: 0,
    whenRefused: "shrink",
    // OOM_REFILL: 1 + HZ/20 ticks of 4 ms.
    retry: { by: "watchdog", everyNs: fromMs(52) },
    refillThreshold: 1,
    ringSize: 512,
    unusedDescriptors: 1,
  },
} as const satisfies Record<string, DriverProfile>;

export type DriverName = keyof typeof drivers;
