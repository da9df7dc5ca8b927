// What a swap server has done, counted from its start: figures for whoever asks, and the receipts of its faults.

import type { ReceiptCounter } from "#faults/index.ts";
import { noStrikes, type Strikes } from "#kernel/index.ts";

export interface Tally extends Strikes {
  acceptedConnections: number;
  openConnections: number;
  requests: number;
  answeredRequests: number;
  /** Requests that came while the server was stalled. */
  unansweredRequests: number;
}

export const newTally = (): Tally => ({
  acceptedConnections: 0,
  openConnections: 0,
  requests: 0,
  answeredRequests: 0,
  unansweredRequests: 0,
  ...noStrikes(),
});

/** The count by which a fault proves that it struck. A server does not count what happens on links and hosts. */
export function countIn(tally: Tally, counter: ReceiptCounter): number {
  const counts = new Map<string, number>(Object.entries(tally));
  return counts.get(counter) ?? 0;
}
