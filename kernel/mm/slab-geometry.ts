// How many objects of a cache go into a slab, and how many slabs are kept. Linux: mm/slub.c: calculate_order,
// calc_slab_order, set_cpu_partial, set_min_partial (6.1); sizes of known caches as /sys/kernel/slab of 6.1 shows them.
//
// Not modelled: random free lists, debugging space. 2.6.12 has no SLUB; asked for it, its caches follow the 3.x numbers.

import { assert } from "#base/assert.ts";
import { fls, PAGE_BYTES } from "#base/units.ts";
import type { Era } from "../era.ts";

export interface SlabGeometry {
  readonly name: string;
  readonly objectBytes: number;
  /** What an object takes in its slab. */
  readonly slabBytes: number;
  /** Order tried first, and the objects that fit. */
  readonly order: number;
  readonly objects: number;
  /** Order that the cache falls back to, and the objects that fit. */
  readonly orderMin: number;
  readonly objectsMin: number;
  /** Slabs that may lie empty on the node's list. */
  readonly partialMin: number;
  /** Partial slabs that each CPU keeps. */
  readonly cpuPartialSlabs: number;
}

/** Bytes in a slab of caches whose objects are padded: to a cache line, or by a constructor's free pointer. */
const slabBytesByName: Readonly<Record<string, number>> = {
  ["skbuff_head_cache"]: 256,
  ["skbuff_fclone_cache"]: 512,
  ["skbuff_ext_cache"]: 192,
  ["TCP"]: 2304,
  ["UDP"]: 1152,
  ["tw_sock_TCP"]: 272,
  ["request_sock_TCP"]: 312,
  ["ip_dst_cache"]: 192,
  ["sock_inode_cache"]: 832,
  ["anon_vma"]: 104,
  ["vm_area_struct"]: 152,
  ["radix_tree_node"]: 584,
};

/** Objects that a CPU keeps in partial slabs, by size: up to 256 bytes, 1 KiB, 4 KiB, larger. */
const cpuPartialObjects = {
  "2.6.12": [30, 13, 6, 2],
  "3.x": [30, 13, 6, 2],
  "6.1": [120, 52, 24, 6],
} as const;

/** slub_max_order: PAGE_ALLOC_COSTLY_ORDER. */
const SLUB_MAX_ORDER = 3;
/** Linux: MIN_PARTIAL and MAX_PARTIAL, mm/slub.c. */
const PARTIAL_MIN = 5;
const PARTIAL_MAX = 10;

export function slabGeometry(spec: {
  readonly name: string;
  readonly objectBytes: number;
  readonly era: Era;
  readonly cpuCount: number;
  /** slub_max_order= of the command line; default PAGE_ALLOC_COSTLY_ORDER. */
  readonly orderMax?: number;
}): SlabGeometry {
  const { name, objectBytes } = spec;
  assert(objectBytes > 0, "an object has a size");
  const slabBytes = slabBytesByName[name] ?? Math.ceil(objectBytes / 8) * 8;
  const orderMin = orderOf(slabBytes);
  const orderMax = Math.max(orderMin, spec.orderMax ?? SLUB_MAX_ORDER);
  const order = slabOrder(slabBytes, spec.cpuCount, orderMax);
  const objects = objectsIn(order, slabBytes);
  const cpuObjects = cpuPartialObjects[spec.era][sizeStep(slabBytes)];
  return {
    name,
    objectBytes,
    slabBytes,
    order,
    objects,
    orderMin,
    objectsMin: objectsIn(orderMin, slabBytes),
    partialMin: Math.min(PARTIAL_MAX, Math.max(PARTIAL_MIN, (fls(slabBytes) - 1) >> 1)),
    cpuPartialSlabs: Math.ceil((cpuObjects * 2) / objects),
  };
}

/** The smallest order whose block holds `bytes`. Linux: get_order(). */
export function orderOf(bytes: number): number {
  let order = 0;
  while (PAGE_BYTES << order < bytes) order++;
  return order;
}

function objectsIn(order: number, bytes: number): number {
  return Math.floor((PAGE_BYTES << order) / bytes);
}

function sizeStep(bytes: number): 0 | 1 | 2 | 3 {
  if (bytes >= PAGE_BYTES) return 3;
  if (bytes >= 1024) return 2;
  return bytes >= 256 ? 1 : 0;
}

/** The order that wastes little: a sixteenth at most if it can be, with fewer objects rather than more waste. */
function slabOrder(bytes: number, cpuCount: number, orderMax: number): number {
  let objectsMin = Math.min(4 * (fls(cpuCount) + 1), objectsIn(orderMax, bytes));
  for (; objectsMin > 1; objectsMin--)
    for (let fraction = 16; fraction >= 4; fraction >>= 1) {
      const order = orderWasting(bytes, objectsMin, { fraction, orderMax });
      if (order <= orderMax) return order;
    }
  return orderOf(bytes);
}

function orderWasting(
  bytes: number,
  objectsMin: number,
  { fraction, orderMax }: { readonly fraction: number; readonly orderMax: number },
): number {
  let order = orderOf(objectsMin * bytes);
  for (; order <= orderMax; order++) {
    const slab = PAGE_BYTES << order;
    if (slab % bytes <= Math.floor(slab / fraction)) break;
  }
  return order;
}
