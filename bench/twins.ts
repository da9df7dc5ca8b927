// The twins in C: compiled into a directory of their own at the time of the run, started once for each sample.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Sample } from "./sample.ts";
import type { Workload } from "./workloads/workload.ts";

const sources = fileURLToPath(new URL("c/", import.meta.url));

/** The first line that `gcc --version` prints; null when there is no gcc. */
export function gccVersion(): string | null {
  try {
    const text = execFileSync("gcc", ["--version"], { encoding: "utf8" });
    return text.split("\n", 1)[0] ?? null;
  } catch {
    return null;
  }
}

export class Twins {
  readonly #directory = mkdtempSync(join(tmpdir(), "unwedge-bench-"));
  readonly #binaries = new Map<string, string>();

  /** One run of the workload's twin. */
  run(workload: Workload, ops: number): Sample {
    const binary = this.#binaries.get(workload.twin) ?? this.#compile(workload.twin);
    const passes = [workload.warmupOps, ops].map(String);
    const line = execFileSync(binary, [workload.name, ...passes], { encoding: "utf8" });
    return JSON.parse(line);
  }

  /** Can be called twice. */
  close(): void {
    rmSync(this.#directory, { recursive: true, force: true });
    this.#binaries.clear();
  }

  #compile(twin: string): string {
    const binary = join(this.#directory, twin);
    execFileSync("gcc", [
      "-O2",
      "-std=c11",
      "-D_GNU_SOURCE",
      "-o",
      binary,
      join(sources, `${twin}.c`),
    ]);
    this.#binaries.set(twin, binary);
    return binary;
  }
}
