// Two skbs become one: the second's memory is hung behind the first's head and its struct is given back.
//
// It saves a struct a segment and never saves a page. Linux: skb_try_coalesce() (net/core/skbuff.c), skb_gro_receive()
// (net/core/gro.c).

import { MAX_SKB_FRAGS, NO_REF, SKB_STRUCT_BYTES, type Skb } from "./skb.ts";
import type { SkbMemory, StructSource } from "./skb-memory.ts";

/** What `to` costs more afterwards, in bytes; null when they stay two. `from` is gone unless null. */
export function tryCoalesce(memory: SkbMemory, to: Skb, from: Skb): number | null {
  if (to.isClone) return null;
  if (fitsTail(to, from)) {
    to.tailroomBytes -= from.lenBytes;
    to.linearBytes += from.lenBytes;
    to.lenBytes += from.lenBytes;
    memory.free(from);
    return 0;
  }
  if (to.list !== null || from.list !== null) return null;
  return from.linearBytes > 0
    ? stealHead(memory, to, from, "slab")
    : stealFrags(memory, to, from, "slab");
}

/** Put `from` behind `to` as GRO does, which always succeeds below 64 KiB; what `to` costs more, in bytes. */
export function mergeForGro(memory: SkbMemory, to: Skb, from: Skb): number {
  if (to.list === null && from.list === null) {
    const deltaBytes =
      from.linearBytes > 0
        ? stealHead(memory, to, from, "napi")
        : stealFrags(memory, to, from, "napi");
    if (deltaBytes !== null) return deltaBytes;
  }
  to.list ??= [];
  to.list.push(from);
  return grow(to, from, from.truesizeBytes);
}

/** A head with nothing behind it takes small neighbours into its tail. */
function fitsTail(to: Skb, from: Skb): boolean {
  return to.frags === null && to.list === null && from.lenBytes <= to.tailroomBytes;
}

function stealHead(memory: SkbMemory, to: Skb, from: Skb, structTo: StructSource): number | null {
  if (to.fragCount + from.fragCount >= MAX_SKB_FRAGS || !from.isHeadFrag) return null;
  to.frags ??= [];
  to.frags.push(-1 - from.headRef);
  from.headRef = NO_REF;
  moveFrags(to, from);
  const deltaBytes = grow(to, from, from.truesizeBytes - SKB_STRUCT_BYTES);
  memory.forget(from, structTo);
  return deltaBytes;
}

function stealFrags(memory: SkbMemory, to: Skb, from: Skb, structTo: StructSource): number | null {
  if (to.fragCount + from.fragCount > MAX_SKB_FRAGS) return null;
  to.frags ??= [];
  moveFrags(to, from);
  const deltaBytes = grow(to, from, from.truesizeBytes - from.headTruesizeBytes);
  memory.free(from, structTo);
  return deltaBytes;
}

function moveFrags(to: Skb, from: Skb): void {
  if (from.frags === null) return;
  for (const block of from.frags) to.frags?.push(block);
  from.frags = null;
}

function grow(to: Skb, from: Skb, deltaBytes: number): number {
  to.truesizeBytes += deltaBytes;
  to.lenBytes += from.lenBytes;
  to.segments += from.segments;
  to.pfmemalloc ||= from.pfmemalloc;
  return deltaBytes;
}
