/* Twin of kernel/mm: page-frames, page-list, buddy, fallback, per-cpu-pages and page-alloc, by the rules of 6.1.
 *
 * Left out, since no workload comes there: the attempts below the low mark, HIGHATOMIC blocks (their lists exist and stay
 * empty), why a request was refused. A workload that does come there ends the twin with status 3.
 */
#ifndef PAGE_ALLOC_H
#define PAGE_ALLOC_H

#include "twin.h"

enum { FREE, PER_CPU, ANON, FILE_PAGE, SLAB, SKB, KERNEL, PAGE_TABLE, BUFFER, RESERVED, KINDS };
enum { UNMOVABLE, MOVABLE, RECLAIMABLE, HIGHATOMIC, TYPES, PCP_TYPES = 3 };
enum { MAX_ORDER = 11, PAGEBLOCK_ORDER = 9, PAGEBLOCK_PAGES = 512, PCP_ORDER_MAX = 3, NO_ORDER = 0xff };
enum { PG_YOUNG = 1 << 4, PG_UPTODATE = 1 << 9, PG_MAPPED = 1 << 12, PG_LRU = 1 << 14 };
enum { ALLOC_WMARK_LOW = 1, ALLOC_NOFRAGMENT = 0x100, ALLOC_KSWAPD = 0x800 };
enum { LIST_HEADS = 6144, ZONES = 2, CPUS = 2, CLASS_NORMAL = 2, BATCH_SCALE_MAX = 5, BOOST_FACTOR = 15000 };

static struct {
  int32_t count, lists;
  uint16_t *flags;
  uint8_t *kind, *order, *lru_list;
  int32_t *next, *prev, *mapping, *index, *slot;
  uint32_t *stamp;
  int32_t pages_by_kind[KINDS];
} frames;

struct zone {
  int32_t start, first_managed, end, managed;
  int32_t free_pages, min_pages, low_pages, high_pages, boost_pages, highatomic_pages;
  int32_t reserve_pages[3];
  int is_reclaim_active, is_boost_new;
};

struct pcp {
  int32_t count, high, batch, free_factor;
  int32_t heads[(PCP_ORDER_MAX + 1) * PCP_TYPES];
};

struct rig {
  struct zone zone;
  int32_t free_blocks[MAX_ORDER];
  int32_t heads[MAX_ORDER * TYPES];
  int32_t movable_pages, steal_count;
  struct pcp pcp[CPUS];
};

static struct rig rigs[ZONES];
static struct rig **rig_by_range;
static uint8_t *block_type;
static int32_t kswapd_wakes;
static const int fallbacks[PCP_TYPES][2] = {
    {RECLAIMABLE, MOVABLE}, {RECLAIMABLE, UNMOVABLE}, {UNMOVABLE, MOVABLE}};

static inline int32_t min_of(int32_t a, int32_t b) { return a < b ? a : b; }
static inline int32_t max_of(int32_t a, int32_t b) { return a > b ? a : b; }

/* ---- lists ---- */

static inline void add_head(int32_t head, int32_t pfn) {
  int32_t first = frames.next[head];
  frames.next[pfn] = first;
  frames.prev[pfn] = head;
  frames.prev[first] = pfn;
  frames.next[head] = pfn;
}

static inline void add_tail(int32_t head, int32_t pfn) {
  int32_t last = frames.prev[head];
  frames.prev[pfn] = last;
  frames.next[pfn] = head;
  frames.next[last] = pfn;
  frames.prev[head] = pfn;
}

static inline void unlink_page(int32_t pfn) {
  int32_t after = frames.next[pfn], before = frames.prev[pfn];
  frames.next[before] = after;
  frames.prev[after] = before;
}

static int32_t new_list(void) {
  int32_t head = frames.count + frames.lists++;
  frames.next[head] = head;
  frames.prev[head] = head;
  return head;
}

static inline void count_kind(int kind, int32_t pages) { frames.pages_by_kind[kind] += pages; }

static inline void set_kinds(int kind, int32_t pfn, int32_t order) {
  if (order == 0) frames.kind[pfn] = (uint8_t)kind;
  else memset(frames.kind + pfn, kind, (size_t)1 << order);
}

/* ---- free blocks ---- */

static inline int type_of(int32_t pfn) { return block_type[pfn >> PAGEBLOCK_ORDER]; }

static void split(struct rig *rig, int32_t pfn, int from, int order, int type) {
  for (int o = from - 1; o >= order; o--) {
    int32_t upper = pfn + (1 << o);
    frames.order[upper] = (uint8_t)o;
    rig->free_blocks[o]++;
    add_head(rig->heads[o * TYPES + type], upper);
  }
  frames.order[pfn] = (uint8_t)order;
}

static int32_t take_smallest(struct rig *rig, int order, int type) {
  for (int o = order; o < MAX_ORDER; o++) {
    int32_t head = rig->heads[o * TYPES + type];
    int32_t pfn = frames.next[head];
    if (pfn == head) continue;
    unlink_page(pfn);
    rig->free_blocks[o]--;
    if (o > order) split(rig, pfn, o, order, type);
    rig->zone.free_pages -= 1 << order;
    return pfn;
  }
  return -1;
}

static inline int may_merge(int32_t buddy, int order, int type) {
  if (frames.kind[buddy] != FREE || frames.order[buddy] != order) return 0;
  if (order < PAGEBLOCK_ORDER) return 1;
  int other = type_of(buddy);
  return other == type || (type != HIGHATOMIC && other != HIGHATOMIC);
}

static inline int is_merge_likely(int32_t combined, int order) {
  if (order >= MAX_ORDER - 2) return 0;
  int32_t above = combined ^ (1 << (order + 1));
  return frames.kind[above] == FREE && frames.order[above] == order + 1;
}

static void put_block(struct rig *rig, int32_t pfn, int order, int type) {
  rig->zone.free_pages += 1 << order;
  set_kinds(FREE, pfn, order);
  int32_t head = pfn;
  int o = order;
  int32_t buddy = head ^ (1 << o);
  while (o < MAX_ORDER - 1 && may_merge(buddy, o, type)) {
    unlink_page(buddy);
    rig->free_blocks[o]--;
    frames.order[head] = NO_ORDER;
    frames.order[buddy] = NO_ORDER;
    head &= buddy;
    o++;
    buddy = head ^ (1 << o);
  }
  frames.order[head] = (uint8_t)o;
  rig->free_blocks[o]++;
  int32_t list = rig->heads[o * TYPES + type];
  if (is_merge_likely(head & buddy, o)) add_tail(list, head);
  else add_head(list, head);
}

static inline int32_t first_block(struct rig *rig, int order, int type) {
  int32_t head = rig->heads[order * TYPES + type];
  int32_t pfn = frames.next[head];
  return pfn == head ? -1 : pfn;
}

static int has_block(struct rig *rig, int order) {
  for (int o = order; o < MAX_ORDER; o++) {
    if (rig->free_blocks[o] == 0) continue;
    for (int type = 0; type < PCP_TYPES; type++)
      if (first_block(rig, o, type) >= 0) return 1;
  }
  return 0;
}

static void move_block(struct rig *rig, int32_t pfn, int type) {
  unlink_page(pfn);
  add_tail(rig->heads[frames.order[pfn] * TYPES + type], pfn);
}

static int32_t move_pageblock(struct rig *rig, int32_t pfn, int type) {
  int32_t start = pfn & ~(PAGEBLOCK_PAGES - 1), moved = 0;
  rig->movable_pages = 0;
  for (int32_t at = start; at < start + PAGEBLOCK_PAGES;) {
    int kind = frames.kind[at], order = frames.order[at];
    if (kind == FREE && order != NO_ORDER) {
      move_block(rig, at, type);
      moved += 1 << order;
      at += 1 << order;
      continue;
    }
    if (kind == ANON || kind == FILE_PAGE) rig->movable_pages++;
    at++;
  }
  return moved;
}

/* ---- another type's blocks ---- */

static int32_t victim(struct rig *rig, int order, int type) {
  if (rig->free_blocks[order] == 0) return -1;
  for (int i = 0; i < 2; i++) {
    int32_t pfn = first_block(rig, order, fallbacks[type][i]);
    if (pfn >= 0) return pfn;
  }
  return -1;
}

static int32_t smallest_victim(struct rig *rig, int order, int type) {
  int32_t pfn = -1;
  for (int o = order; o < MAX_ORDER && pfn < 0; o++) pfn = victim(rig, o, type);
  return pfn;
}

static int boost(struct zone *zone) {
  if (zone->managed < PAGEBLOCK_PAGES * 4) return 0;
  int32_t cap = (int32_t)((int64_t)zone->high_pages * BOOST_FACTOR / 10000);
  if (cap == 0) return 0;
  zone->boost_pages = min_of(zone->boost_pages + PAGEBLOCK_PAGES, max_of(PAGEBLOCK_PAGES, cap));
  return 1;
}

static void claim(struct rig *rig, int32_t pfn, int type, int alloc_flags, int whole) {
  int order = frames.order[pfn], old_type = type_of(pfn);
  if (order >= PAGEBLOCK_ORDER) {
    for (int32_t at = pfn; at < pfn + (1 << order); at += PAGEBLOCK_PAGES)
      block_type[at >> PAGEBLOCK_ORDER] = (uint8_t)type;
  } else if (boost(&rig->zone) && (alloc_flags & ALLOC_KSWAPD) != 0) {
    rig->zone.is_boost_new = 1;
  }
  if (order >= PAGEBLOCK_ORDER || !whole) {
    move_block(rig, pfn, type);
    return;
  }
  int32_t free_pages = move_pageblock(rig, pfn, type), alike = 0;
  if (type == MOVABLE) alike = rig->movable_pages;
  else if (old_type == MOVABLE) alike = PAGEBLOCK_PAGES - free_pages - rig->movable_pages;
  if (free_pages + alike >= PAGEBLOCK_PAGES / 2) block_type[pfn >> PAGEBLOCK_ORDER] = (uint8_t)type;
}

static int steal(struct rig *rig, int order, int type, int alloc_flags) {
  int may_tear = order >= PAGEBLOCK_ORDER || (alloc_flags & ALLOC_NOFRAGMENT) == 0;
  int order_min = may_tear ? order : PAGEBLOCK_ORDER;
  for (int o = MAX_ORDER - 1; o >= order_min; o--) {
    int32_t pfn = victim(rig, o, type);
    if (pfn < 0) continue;
    int whole = o >= PAGEBLOCK_ORDER / 2 || type != MOVABLE;
    claim(rig, whole || type != MOVABLE ? pfn : smallest_victim(rig, order, type), type, alloc_flags, whole);
    rig->steal_count++;
    return 1;
  }
  return 0;
}

static int32_t take_block(struct rig *rig, int order, int type, int alloc_flags) {
  int32_t own = take_smallest(rig, order, type);
  if (own >= 0) return own;
  return steal(rig, order, type, alloc_flags) ? take_smallest(rig, order, type) : -1;
}

/* ---- per-CPU lists ---- */

static void refill(struct rig *rig, struct pcp *pcp, int32_t head, int order, int type, int alloc_flags) {
  int32_t blocks = pcp->batch > 1 ? max_of(pcp->batch >> order, 2) : 1, pages = 1 << order;
  for (int32_t i = 0; i < blocks; i++) {
    int32_t pfn = take_block(rig, order, type, alloc_flags);
    if (pfn < 0) break;
    memset(frames.kind + pfn, PER_CPU, (size_t)pages);
    count_kind(FREE, -pages);
    count_kind(PER_CPU, pages);
    frames.index[pfn] = type;
    add_tail(head, pfn);
    pcp->count += pages;
  }
}

static int32_t pcp_take(struct rig *rig, struct pcp *pcp, int order, int type, int alloc_flags) {
  int32_t head = pcp->heads[order * PCP_TYPES + type];
  pcp->free_factor >>= 1;
  int32_t pfn = frames.next[head];
  if (pfn == head) {
    refill(rig, pcp, head, order, type, alloc_flags);
    pfn = frames.next[head];
    if (pfn == head) return -1;
  }
  unlink_page(pfn);
  pcp->count -= 1 << order;
  return pfn;
}

static int32_t give_list(struct rig *rig, struct pcp *pcp, int32_t head, int order, int32_t pages) {
  int32_t size = 1 << order, left = pages;
  for (int32_t pfn = frames.prev[head]; left > 0 && pfn != head; pfn = frames.prev[head]) {
    unlink_page(pfn);
    pcp->count -= size;
    left -= size;
    count_kind(PER_CPU, -size);
    count_kind(FREE, size);
    put_block(rig, pfn, order, frames.index[pfn]);
  }
  return left;
}

static void give(struct rig *rig, struct pcp *pcp, int32_t pages, int list) {
  int32_t left = min_of(pages, pcp->count);
  int at = list;
  while (left > 0) {
    left = give_list(rig, pcp, pcp->heads[at], at / PCP_TYPES, left);
    at = (at + 1) % ((PCP_ORDER_MAX + 1) * PCP_TYPES);
  }
}

static int32_t surplus(struct pcp *pcp, int32_t high) {
  if (high < pcp->batch) return 1;
  int32_t most = high - pcp->batch, pages = pcp->batch << pcp->free_factor;
  if (pages < most && pcp->free_factor < BATCH_SCALE_MAX) pcp->free_factor++;
  return min_of(max_of(pages, pcp->batch), most);
}

static void pcp_put(struct rig *rig, struct pcp *pcp, int32_t pfn, int order, int type) {
  frames.index[pfn] = type;
  int list = order * PCP_TYPES + (type < PCP_TYPES ? type : MOVABLE);
  add_head(pcp->heads[list], pfn);
  pcp->count += 1 << order;
  int free_all = pcp->free_factor > 0 && order > 0;
  int32_t high = rig->zone.is_reclaim_active ? min_of(pcp->batch << 2, pcp->high) : pcp->high;
  if (!free_all && pcp->count < high) return;
  give(rig, pcp, free_all ? pcp->count : surplus(pcp, high), list);
}

/* ---- the allocator ---- */

static inline int may_take(struct rig *rig, int order) {
  struct zone *zone = &rig->zone;
  int32_t floor = zone->low_pages + zone->boost_pages + zone->reserve_pages[CLASS_NORMAL];
  int32_t free = zone->free_pages - zone->highatomic_pages - ((1 << order) - 1);
  if (free <= floor) return 0;
  return order == 0 || has_block(rig, order);
}

static int32_t rmqueue(struct rig *rig, int order, int type, int alloc_flags) {
  int32_t pfn = -1;
  if (order <= PCP_ORDER_MAX) {
    pfn = pcp_take(rig, &rig->pcp[0], order, type, alloc_flags);
    if (pfn >= 0) count_kind(PER_CPU, -(1 << order));
  }
  if (pfn < 0) {
    pfn = take_block(rig, order, type, alloc_flags);
    if (pfn >= 0) count_kind(FREE, -(1 << order));
  }
  if (rig->zone.is_boost_new) {
    rig->zone.is_boost_new = 0;
    kswapd_wakes++;
  }
  return pfn;
}

/* One attempt at the low mark, the higher zone first; -1 if it fails. */
static int32_t alloc_low(int order, int type, int kind, int alloc_flags) {
  for (int i = ZONES - 1; i >= 0; i--) {
    if (!may_take(&rigs[i], order)) continue;
    int32_t pfn = rmqueue(&rigs[i], order, type, alloc_flags | ALLOC_WMARK_LOW);
    if (pfn < 0) continue;
    count_kind(kind, 1 << order);
    set_kinds(kind, pfn, order);
    return pfn;
  }
  return -1;
}

static int32_t alloc_pages(int order, int type, int kind) {
  int32_t pfn = alloc_low(order, type, kind, ALLOC_KSWAPD);
  if (pfn < 0) exit(3);
  return pfn;
}

static void free_pages(int32_t pfn) {
  int kind = frames.kind[pfn], order = frames.order[pfn];
  if (kind <= PER_CPU || kind >= RESERVED || order > 10 || frames.lru_list[pfn] != 0) abort();
  if (frames.flags[pfn] != 0) frames.flags[pfn] = 0;
  if (kind <= SLAB) {
    frames.mapping[pfn] = -1;
    frames.index[pfn] = -1;
    frames.slot[pfn] = -1;
    frames.stamp[pfn] = 0;
  }
  count_kind(kind, -(1 << order));
  struct rig *rig = rig_by_range[pfn >> 10];
  int type = type_of(pfn);
  if (order > PCP_ORDER_MAX) {
    count_kind(FREE, 1 << order);
    put_block(rig, pfn, order, type);
    return;
  }
  count_kind(PER_CPU, 1 << order);
  set_kinds(PER_CPU, pfn, order);
  pcp_put(rig, &rig->pcp[0], pfn, order, type);
}

/* ---- a machine ---- */

static int32_t batch_of(int32_t managed) {
  int32_t batch = max_of(min_of(managed >> 10, 256) >> 2, 1);
  int32_t rounded = 1 << (31 - __builtin_clz((unsigned)(batch + (batch >> 1))));
  return max_of(rounded - 1, 1);
}

static void make_rig(struct rig *rig) {
  for (int i = 0; i < MAX_ORDER * TYPES; i++) rig->heads[i] = new_list();
  for (int cpu = 0; cpu < CPUS; cpu++)
    for (int i = 0; i < (PCP_ORDER_MAX + 1) * PCP_TYPES; i++) rig->pcp[cpu].heads[i] = new_list();
  int32_t end = rig->zone.end;
  while (end > rig->zone.first_managed) {
    int order = MAX_ORDER - 1;
    while (end % (1 << order) != 0 || end - (1 << order) < rig->zone.first_managed) order--;
    end -= 1 << order;
    put_block(rig, end, order, type_of(end));
  }
  count_kind(RESERVED, -rig->zone.managed);
  count_kind(FREE, rig->zone.managed);
}

static void set_marks(struct rig *rig, int32_t min_free_kib, int32_t managed) {
  struct zone *zone = &rig->zone;
  int32_t min = (int32_t)((int64_t)(min_free_kib / 4) * zone->managed / managed);
  int32_t step = max_of(min >> 2, zone->managed * 10 / 10000);
  zone->min_pages = min;
  zone->low_pages = min + step;
  zone->high_pages = min + 2 * step;
  for (int cpu = 0; cpu < CPUS; cpu++) {
    rig->pcp[cpu].batch = batch_of(zone->managed);
    rig->pcp[cpu].high = max_of(zone->low_pages / CPUS, rig->pcp[cpu].batch * 4);
  }
}

/* DMA of 4096 frames, 3840 of them managed, and DMA32 with the rest, as a PC has them. */
static void make_machine(int32_t frame_count, int32_t dma32_managed, int32_t min_free_kib) {
  int32_t slots = frame_count + LIST_HEADS;
  frames.count = frame_count;
  frames.flags = lane(frame_count, 2, 0);
  frames.kind = lane(frame_count, 1, RESERVED);
  frames.order = lane(frame_count, 1, NO_ORDER);
  frames.next = lane(slots, 4, -1);
  frames.prev = lane(slots, 4, -1);
  frames.lru_list = lane(frame_count, 1, 0);
  frames.mapping = lane(frame_count, 4, -1);
  frames.index = lane(frame_count, 4, -1);
  frames.slot = lane(frame_count, 4, -1);
  frames.stamp = lane(frame_count, 4, 0);
  frames.pages_by_kind[RESERVED] = frame_count;
  block_type = lane(frame_count >> PAGEBLOCK_ORDER, 1, MOVABLE);
  rig_by_range = lane(frame_count >> 10, sizeof *rig_by_range, 0);
  for (int32_t i = 0; i < frame_count >> 10; i++) rig_by_range[i] = &rigs[i < 4 ? 0 : 1];
  rigs[0].zone = (struct zone){.start = 0, .first_managed = 4096 - 3840, .end = 4096, .managed = 3840};
  rigs[1].zone = (struct zone){.start = 4096, .first_managed = frame_count - dma32_managed, .end = frame_count, .managed = dma32_managed};
  /* What DMA keeps from requests that could use DMA32: a 256th of DMA32. */
  rigs[0].zone.reserve_pages[1] = rigs[0].zone.reserve_pages[2] = dma32_managed / 256;
  for (int i = 0; i < ZONES; i++) make_rig(&rigs[i]);
  for (int i = 0; i < ZONES; i++) set_marks(&rigs[i], min_free_kib, 3840 + dma32_managed);
}

#endif
