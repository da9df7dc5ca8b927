// A thread with the kernel in it.

import type { LocalMessage, LocalOrder } from "./messages.ts";

export interface WorkerListener {
  told(message: LocalMessage): void;
  /** It could not go on; says why, and what to do. */
  ended(why: string): void;
}

export function openWorker({ told, ended }: WorkerListener): Worker {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  worker.addEventListener("message", ({ data }: MessageEvent<LocalMessage>) => told(data));
  worker.addEventListener("error", ({ message }) =>
    ended(`the worker stopped: ${message}; load the page again`),
  );
  return worker;
}

export const order = (worker: Worker, what: LocalOrder): void => worker.postMessage(what);
