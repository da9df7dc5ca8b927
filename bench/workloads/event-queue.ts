// The hold model: as many events wait as at first; the earliest is popped and another one set some time after it.

import { EventHeap } from "#base/event-heap.ts";
import { mix, nextState, type Pass, type Workload } from "./workload.ts";

function holding(pending: number): Pass {
  const heap = new EventHeap();
  let seed = 1;
  for (let i = 0; i < pending; i++) {
    seed = nextState(seed);
    heap.push(seed >>> 8, i & 7, i, 0);
  }
  return (ops, before) => {
    let checksum = before;
    let state = seed;
    for (let i = 0; i < ops; i++) {
      heap.pop();
      checksum = mix(checksum, heap.a);
      state = nextState(state);
      heap.push(heap.atNs + (state >>> 8), heap.kind, heap.a, heap.b);
    }
    seed = state;
    return checksum;
  };
}

export const eventQueue1k: Workload = {
  name: "event-queue-1k",
  what: "event queue, 1 k pending: pop one, push one",
  twin: "event-queue",
  warmupOps: 500_000,
  ops: 2_000_000,
  begin: () => holding(1_000),
};

export const eventQueue100k: Workload = {
  name: "event-queue-100k",
  what: "event queue, 100 k pending: pop one, push one",
  twin: "event-queue",
  warmupOps: 500_000,
  ops: 1_000_000,
  begin: () => holding(100_000),
};
