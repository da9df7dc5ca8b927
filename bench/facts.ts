// What a figure means nothing without: the machine that it was measured on.

import { arch, availableParallelism, cpus, release, totalmem, type } from "node:os";
import { MIB } from "#base/units.ts";
import { gccVersion } from "./twins.ts";

export interface Facts {
  readonly node: string;
  readonly v8: string;
  /** Null when there is none. */
  readonly gcc: string | null;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryMiB: number;
  readonly system: string;
}

export function machineFacts(): Facts {
  return {
    node: process.version,
    v8: process.versions.v8,
    gcc: gccVersion(),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryMiB: Math.round(totalmem() / MIB),
    system: `${type()} ${release()} ${arch()}`,
  };
}

export function factsText(facts: Facts): string {
  const { node, v8, gcc, cpu, cores, memoryMiB, system } = facts;
  return [
    `node ${node} (V8 ${v8}) · gcc ${gcc ?? "none"}`,
    `${cpu}, ${cores} cores, ${memoryMiB} MiB · ${system}`,
  ].join("\n");
}
