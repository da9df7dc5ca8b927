// One measurement of the flood, in a process of its own: a receiver that counts bytes on a thread, and so many messages as go.
// Prints millions of messages a second that arrived.
//
// Arguments: connections, messages a write, "piscina" or "raw", ms.

import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { MessageChannel, Worker, type WorkerOptions } from "node:worker_threads";
import { runFlood, targetOf } from "#traffic/index.ts";
import type { FloodPlan } from "#traffic/plan.ts";
import { sharesOf } from "#traffic/plan.ts";

const PAYLOAD_BYTES = 256;
/** One flooding thread beside one that receives: the two cores that continuous integration has. */
const WORKERS = 1;

const [connections = "100", batch = "256", pool = "piscina", forMs = "1000"] =
  process.argv.slice(2);

const receiver = workerOn("./flood-receiver.ts");
const [port]: unknown[] = await once(receiver, "message");
const plan: FloodPlan = {
  target: targetOf(`http://127.0.0.1:${String(port)}/`, []),
  model: "open",
  ratePerSec: null,
  pattern: "constant",
  connections: Number(connections),
  payloadBytes: PAYLOAD_BYTES,
  shape: "stream",
  slowReaders: 0,
  forMs: Number(forMs),
  seed: 1,
  batch: Number(batch),
};
// From the first write on: making threads and connections is no part of it.
const activeMs =
  pool === "raw" ? await runRaw() : (await runFlood({ plan, workers: WORKERS })).activeMs;
receiver.postMessage("how many");
const [counted]: unknown[] = await once(receiver, "message");
await receiver.terminate();
// A chunk is its payload, its length in hexadecimal, and two line ends.
const messages = Number(counted) / (PAYLOAD_BYTES + 3 + 4);
process.stdout.write(`${messages / activeMs / 1000}\n`);

/** The same worker without a pool; how long it sent, in ms. */
async function runRaw(): Promise<number> {
  const lasted = sharesOf(plan, WORKERS).map(async (share) => {
    const { port2 } = new MessageChannel();
    const worker = workerOn("./flood-raw.ts", {
      workerData: { share, port: port2 },
      transferList: [port2],
    });
    const [ms]: unknown[] = await once(worker, "message");
    await once(worker, "exit");
    return Number(ms);
  });
  return Math.max(...(await Promise.all(lasted)));
}

/** A thread on a source file: Node 20 takes no .ts as the entry of one, so it enters by the launcher. */
function workerOn(path: string, options: WorkerOptions = {}): Worker {
  const launcher = new URL("../tools/run.mjs", import.meta.url);
  const source = fileURLToPath(new URL(path, import.meta.url));
  return new Worker(launcher, { ...options, argv: [source], execArgv: [] });
}
