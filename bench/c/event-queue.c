/* Twin of base/event-heap.ts under the hold model: pop the earliest event, set another some time after it. */
#include "twin.h"

#include <math.h>

static struct {
  int32_t size, room, is_root_open;
  double next_seq;
  double *at, *seq, *a, *b;
  int32_t *slot, *kind;
  double popped_at, popped_a, popped_b;
  int32_t popped_kind;
} heap;

static void heap_new(int32_t room) {
  heap.room = room;
  heap.at = lane(room + 1, 8, 0);
  heap.seq = lane(room + 1, 8, 0);
  heap.slot = lane(room + 1, 4, 0);
  heap.kind = lane(room, 4, 0);
  heap.a = lane(room, 8, 0);
  heap.b = lane(room, 8, 0);
  for (int32_t i = 0; i <= room; i++) heap.slot[i] = i;
}

static void rise(int32_t end) {
  double *at = heap.at, *seq = heap.seq;
  int32_t *slot = heap.slot;
  double at_ns = at[end], new_seq = seq[end];
  int32_t new_slot = slot[end], place = end;
  while (place > 0) {
    int32_t parent = (place - 1) >> 1;
    if (at[parent] <= at_ns) break;
    at[place] = at[parent];
    seq[place] = seq[parent];
    slot[place] = slot[parent];
    place = parent;
  }
  at[place] = at_ns;
  seq[place] = new_seq;
  slot[place] = new_slot;
}

static int32_t earlier_child(const double *at, const double *seq, int32_t place) {
  int32_t left = 2 * place + 1;
  if (at[left] == at[left + 1]) return left + (seq[left + 1] < seq[left]);
  return left + (at[left + 1] < at[left]);
}

static void sink(double at_ns, double new_seq, int32_t new_slot) {
  double *at = heap.at, *seq = heap.seq;
  int32_t *slot = heap.slot;
  int32_t size = heap.size, place = 0;
  at[size] = INFINITY;
  seq[size] = INFINITY;
  while (2 * place + 1 < size) {
    int32_t child = earlier_child(at, seq, place);
    if (at_ns < at[child] || (at_ns == at[child] && new_seq < seq[child])) break;
    at[place] = at[child];
    seq[place] = seq[child];
    slot[place] = slot[child];
    place = child;
  }
  at[place] = at_ns;
  seq[place] = new_seq;
  slot[place] = new_slot;
}

static void close_root(void) {
  if (!heap.is_root_open) return;
  heap.is_root_open = 0;
  int32_t last = heap.size;
  if (last == 0) return;
  int32_t slot = heap.slot[last];
  heap.slot[last] = heap.slot[0];
  sink(heap.at[last], heap.seq[last], slot);
}

static void push(double at_ns, int32_t kind, double a, double b) {
  if (heap.size == heap.room) exit(2);
  int32_t place = heap.is_root_open ? 0 : heap.size;
  int32_t slot = heap.slot[place];
  heap.kind[slot] = kind;
  heap.a[slot] = a;
  heap.b[slot] = b;
  heap.size++;
  double seq = heap.next_seq++;
  if (heap.is_root_open) {
    heap.is_root_open = 0;
    sink(at_ns, seq, slot);
  } else {
    heap.at[place] = at_ns;
    heap.seq[place] = seq;
    rise(place);
  }
}

static int pop(void) {
  close_root();
  if (heap.size == 0) return 0;
  int32_t slot = heap.slot[0];
  heap.popped_at = heap.at[0];
  heap.popped_kind = heap.kind[slot];
  heap.popped_a = heap.a[slot];
  heap.popped_b = heap.b[slot];
  heap.size--;
  heap.is_root_open = 1;
  return 1;
}

static uint32_t random_state = 1;

static uint32_t hold(int32_t ops, uint32_t checksum) {
  uint32_t state = random_state;
  for (int32_t i = 0; i < ops; i++) {
    pop();
    checksum = mix(checksum, (int32_t)heap.popped_a);
    push(heap.popped_at + next_random(&state), heap.popped_kind, heap.popped_a, heap.popped_b);
  }
  random_state = state;
  return checksum;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int32_t pending = strcmp(argv[1], "event-queue-1k") == 0 ? 1000 : 100000;
  int32_t room = 64;
  while (room < pending) room *= 2;
  heap_new(room);
  for (int32_t i = 0; i < pending; i++) push(next_random(&random_state), i & 7, i, 0);
  measure(hold, atoi(argv[2]), atoi(argv[3]));
  return 0;
}
