// A's service under no pressure, on a real port, asked by wrk as fast as it is answered.

import { UnwedgeError } from "#base/error.ts";
import { whileServing } from "../test/support/serving.ts";
import { hasTool, runTool } from "../test/support/tools.ts";
import type { Benchmark } from "./benchmark.ts";
import type { Row } from "./row.ts";
import { summaryOf } from "./statistics.ts";

const what =
  "wrk with 16 connections at a service under no pressure, thousands of answers a second";
const TARGET_THOUSANDS_PER_SEC = 1;

export const serving: Benchmark = {
  name: "serving",
  run: async ({ pairs, shorterBy, tell }): Promise<readonly Row[]> => {
    if (!hasTool("wrk")) return [{ type: "skipped", name: "serving", what, reason: "no wrk here" }];
    const seconds = Math.max(2, Math.round(5 / shorterBy));
    const rates: number[] = [];
    for (let run = 1; run <= pairs; run++) {
      tell(`the service, ${run} of ${pairs}`);
      rates.push((await requestsOf(seconds)) / seconds / 1000);
    }
    const target = { type: "at least", value: TARGET_THOUSANDS_PER_SEC } as const;
    const ours = summaryOf(rates);
    return [{ type: "measured", name: "serving", what, unit: "k/s", ours, peer: null, target }];
  },
};

async function requestsOf(seconds: number): Promise<number> {
  const { said } = await whileServing((url) =>
    runTool("wrk", ["-t", "1", "-c", "16", "-d", `${seconds}s`, url]),
  );
  const requests = Number(/(\d+) requests in/.exec(said.out)?.[1]);
  if (!(requests > 0) || /Non-2xx|Socket errors/.test(said.out))
    throw new UnwedgeError("failed", `wrk: ${said.out} ${said.err}`);
  return requests;
}
