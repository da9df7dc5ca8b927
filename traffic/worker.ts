// One worker of a flood: does its share, tells how far it is, stops when it is told to.

import type { MessagePort } from "node:worker_threads";
import { HttpFlood } from "./http-flood.ts";
import type { FloodShare } from "./plan.ts";
import type { WorkerTally } from "./tally.ts";
import { UdpFlood } from "./udp-flood.ts";

export interface Assignment {
  readonly share: FloodShare;
  /** Counts go out by it; whatever comes in means stop. */
  readonly port: MessagePort;
}

/** How often a worker says how far it is. */
const PROGRESS_MS = 250;

export default async function work({ share, port }: Assignment): Promise<WorkerTally> {
  const flood = share.target.protocol === "http" ? new HttpFlood(share) : new UdpFlood(share);
  const stopped = new Promise<void>((stop) => {
    port.once("message", () => stop());
  });
  const progress = setInterval(() => port.postMessage(flood.counts), PROGRESS_MS);
  try {
    return await flood.run(stopped);
  } finally {
    clearInterval(progress);
    port.close();
  }
}
