// A real Prometheus on a free port of the loopback device, with our scrape configuration aimed at a coordinator that is up.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { UnwedgeError } from "#base/error.ts";

export interface Prometheus {
  /** How many series a query gives. Throws what Prometheus says against it. */
  seriesOf(query: string): Promise<number>;
  /** Resolves when each job has been scraped so many times more. */
  scraped(times: number): Promise<void>;
  close(): Promise<void>;
}

/** `target`: HOST:PORT of the coordinator. Everything is scraped each second. */
export async function startPrometheus(config: string, target: string): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), "unwedge-prometheus-"));
  const file = join(folder, "prometheus.yml");
  const text = readFileSync(config, "utf8")
    .replaceAll(/(scrape_interval|scrape_timeout): \d+s/g, "$1: 1s")
    .replaceAll("coordinator:8080", target);
  writeFileSync(file, text);
  const child = spawn(
    "prometheus",
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      "--web.listen-address=127.0.0.1:0",
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const port = await portOf(child.stderr);
  const ask = async (query: string): Promise<unknown[]> => {
    const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`;
    const body: unknown = await (await fetch(url)).json();
    return resultsOf(body, query);
  };
  const scrapes = async (): Promise<number> => {
    const found = await ask("min(count_over_time(up[1h]))");
    return found.length === 0 ? 0 : numberIn(found[0]);
  };
  return {
    seriesOf: async (query) => (await ask(query)).length,
    scraped: async (times) => {
      const until = (await scrapes()) + times;
      while ((await scrapes()) < until) await sleep(100);
    },
    close: async () => {
      const exit = once(child, "exit");
      child.kill();
      await exit;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** It says in its log where it listens. */
async function portOf(log: NodeJS.ReadableStream): Promise<number> {
  const lines = createInterface({ input: log });
  const said: string[] = [];
  for await (const line of lines) {
    said.push(line);
    const [, port] = /Listening on.*address=127\.0\.0\.1:(\d+)/.exec(line) ?? [];
    if (port === undefined) continue;
    log.resume();
    return Number(port);
  }
  throw new UnwedgeError("unavailable", `prometheus did not start: ${said.join("\n")}`);
}

function resultsOf(body: unknown, query: string): unknown[] {
  const at = (of: unknown, key: string): unknown =>
    typeof of === "object" && of !== null
      ? Object.entries(of).find(([name]) => name === key)?.[1]
      : null;
  const results = at(at(body, "data"), "result");
  if (Array.isArray(results)) return results;
  throw new UnwedgeError("failed", `${query}: ${String(at(body, "error"))}`);
}

function numberIn(series: unknown): number {
  const value = typeof series === "object" && series !== null && "value" in series && series.value;
  return Array.isArray(value) ? Number(value[1]) : Number.NaN;
}
