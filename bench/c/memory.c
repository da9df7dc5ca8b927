/* Twins of the workloads on the page allocator and the LRU lists: order 0, mixed orders, LRU moves, touch and reclaim. */
#include "page-alloc.h"

static uint32_t random_state = 1;

/* ---- order 0: a burst of allocations, then all of it freed ---- */

static int32_t burst[1024];

static uint32_t order_zero(int32_t ops, uint32_t checksum) {
  uint32_t state = random_state;
  for (int32_t done = 0; done < ops;) {
    int32_t size = (int32_t)(next_random(&state) & 1023) + 1;
    for (int32_t i = 0; i < size; i++) {
      burst[i] = alloc_pages(0, MOVABLE, ANON);
      checksum = mix(checksum, burst[i]);
    }
    for (int32_t i = 0; i < size; i++) free_pages(burst[i]);
    done += 2 * size;
  }
  random_state = state;
  return checksum;
}

/* ---- mixed orders: a random place of a table is filled or emptied ---- */

enum { PLACES = 16384 };
static int32_t held[PLACES];
static const int type_by_draw[4] = {UNMOVABLE, MOVABLE, MOVABLE, RECLAIMABLE};
static const int kind_by_draw[4] = {KERNEL, ANON, FILE_PAGE, SLAB};

static uint32_t mixed_orders(int32_t ops, uint32_t checksum) {
  uint32_t state = random_state;
  for (int32_t i = 0; i < ops; i++) {
    uint32_t place = next_random(&state) & (PLACES - 1);
    if (held[place] >= 0) {
      free_pages(held[place]);
      held[place] = -1;
      continue;
    }
    uint32_t draw = next_random(&state);
    int order = __builtin_ctz((draw >> 2) | 1u << 10);
    held[place] = alloc_pages(order, type_by_draw[draw & 3], kind_by_draw[draw & 3]);
    checksum = mix(checksum, held[place]);
  }
  random_state = state;
  return checksum;
}

/* ---- LRU lists ---- */

enum { INACTIVE, ACTIVE, LISTS };
static int32_t lru_heads[LISTS], lru_sizes[LISTS];

static inline void lru_add_head(int list, int32_t pfn) {
  if (frames.lru_list[pfn] != 0) abort();
  frames.lru_list[pfn] = (uint8_t)(list + 1);
  frames.flags[pfn] |= PG_LRU;
  lru_sizes[list]++;
  add_head(lru_heads[list], pfn);
}

static inline void lru_remove(int32_t pfn) {
  int list = frames.lru_list[pfn] - 1;
  if (list < 0) abort();
  frames.lru_list[pfn] = 0;
  frames.flags[pfn] &= (uint16_t)~PG_LRU;
  lru_sizes[list]--;
  unlink_page(pfn);
}

static inline int32_t lru_tail(int list) {
  int32_t pfn = frames.prev[lru_heads[list]];
  return pfn == lru_heads[list] ? -1 : pfn;
}

enum { LRU_PAGES = 32768 };
static int32_t lru_pages[LRU_PAGES];

static uint32_t lru_moves(int32_t ops, uint32_t checksum) {
  uint32_t state = random_state;
  for (int32_t i = 0; i < ops; i++) {
    int32_t pfn = lru_pages[next_random(&state) & (LRU_PAGES - 1)];
    int list = frames.lru_list[pfn] - 1;
    lru_remove(pfn);
    lru_add_head(ACTIVE - list, pfn); /* no branch: which list it is cannot be foretold */
    checksum = mix(checksum, lru_tail(list));
  }
  random_state = state;
  return checksum;
}

/* ---- touch and reclaim: a space larger than memory, least recently used pages make room ---- */

enum { SPACE_PAGES = 80000, RECLAIM_BATCH = 32 };
static int32_t page_table[SPACE_PAGES];

static void reclaim(void) {
  int freed = 0;
  while (freed < RECLAIM_BATCH) {
    int32_t pfn = lru_tail(INACTIVE);
    lru_remove(pfn);
    if ((frames.flags[pfn] & PG_YOUNG) != 0) {
      frames.flags[pfn] &= (uint16_t)~PG_YOUNG;
      lru_add_head(INACTIVE, pfn);
      continue;
    }
    page_table[frames.index[pfn]] = -1;
    free_pages(pfn);
    freed++;
  }
}

static int32_t fault(int32_t page) {
  int32_t pfn = alloc_low(0, MOVABLE, ANON, 0);
  while (pfn < 0) {
    reclaim();
    pfn = alloc_low(0, MOVABLE, ANON, 0);
  }
  frames.mapping[pfn] = 1;
  frames.index[pfn] = page;
  frames.flags[pfn] |= PG_MAPPED | PG_UPTODATE;
  page_table[page] = pfn;
  lru_add_head(INACTIVE, pfn);
  return pfn;
}

static uint32_t touch_reclaim(int32_t ops, uint32_t checksum) {
  uint32_t state = random_state;
  for (int32_t i = 0; i < ops; i++) {
    int32_t page = (int32_t)(next_random(&state) % SPACE_PAGES);
    int32_t pfn = page_table[page];
    if (pfn >= 0) frames.flags[pfn] |= PG_YOUNG;
    else pfn = fault(page);
    checksum = mix(checksum, pfn);
  }
  random_state = state;
  return checksum;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  const char *name = argv[1];
  pass_fn pass = order_zero;
  int is_large = strcmp(name, "order-zero") == 0 || strcmp(name, "mixed-orders") == 0;
  if (is_large) make_machine(524288, 499712, 5632);
  else make_machine(65536, 57344, 2048);
  for (int i = 0; i < LISTS; i++) lru_heads[i] = new_list();
  for (int i = 0; i < PLACES; i++) held[i] = -1;
  for (int i = 0; i < SPACE_PAGES; i++) page_table[i] = -1;
  if (strcmp(name, "mixed-orders") == 0) pass = mixed_orders;
  if (strcmp(name, "touch-reclaim") == 0) pass = touch_reclaim;
  if (strcmp(name, "lru-moves") == 0) {
    pass = lru_moves;
    for (int i = 0; i < LRU_PAGES; i++) {
      lru_pages[i] = alloc_pages(0, MOVABLE, ANON);
      lru_add_head(INACTIVE, lru_pages[i]);
    }
  }
  measure(pass, atoi(argv[2]), atoi(argv[3]));
  return 0;
}
