// A flood's worker as a bare thread: what piscina is measured against.

import { parentPort, workerData } from "node:worker_threads";
import work from "../traffic/worker.ts";

const { activeMs } = await work(workerData);
parentPort?.postMessage(activeMs);
