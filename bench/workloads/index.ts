import { eventQueue1k, eventQueue100k } from "./event-queue.ts";
import { lruMoves } from "./lru-moves.ts";
import { mixedOrders } from "./mixed-orders.ts";
import { orderZero } from "./order-zero.ts";
import { touchReclaim } from "./touch-reclaim.ts";
import type { Workload } from "./workload.ts";

/** Every workload that has a twin in C. To add one: a file, a line here, a case in bench/c. */
export const workloads: readonly Workload[] = [
  orderZero,
  mixedOrders,
  lruMoves,
  touchReclaim,
  eventQueue1k,
  eventQueue100k,
];
