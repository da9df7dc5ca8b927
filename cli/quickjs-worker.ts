// One script in a thread of its own: gives its document, or what is wrong with it.

import { parentPort, workerData } from "node:worker_threads";
import { UnwedgeError } from "#base/error.ts";
import { documentOf } from "./quickjs.ts";
import type { ScriptOutcome, ScriptSource } from "./sandbox.ts";

async function outcomeOf({ source, file }: ScriptSource): Promise<ScriptOutcome> {
  try {
    return { text: await documentOf(source, file) };
  } catch (error) {
    if (error instanceof UnwedgeError) return { mistake: error.message };
    throw error;
  }
}

const script: ScriptSource = workerData;
parentPort?.postMessage(await outcomeOf(script));
