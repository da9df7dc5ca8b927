// /metrics/kernel: an emulated machine's files under /proc, exported as node_exporter would export a real machine's, so that
// dashboards and alerts made for real machines can be tried against a wedge.
//
// The files are read as node_exporter reads them (meminfo, vmstat, netstat, sockstat and pressure collectors, 1.x).
//
// Not modelled: node_exporter's default filters (every counter is exported), other collectors.

import { Gauge, Registry } from "prom-client";

/** The files that it is made of, by their names as views. */
export const KERNEL_VIEWS = [
  "meminfo",
  "vmstat",
  "netstat",
  "snmp",
  "sockstat",
  "pressure/cpu",
  "pressure/io",
  "pressure/memory",
] as const;
export type KernelView = (typeof KERNEL_VIEWS)[number];

export type KernelTexts = Readonly<Record<KernelView, string>>;

type Sample = readonly [name: string, value: number];

export function kernelMetrics(node: string, texts: KernelTexts): Promise<string> {
  const registry = new Registry();
  for (const [name, value] of samplesOf(texts)) {
    const help = "As node_exporter has it, of an emulated machine";
    const gauge = new Gauge({
      name,
      help,
      labelNames: ["node", "emulated"],
      registers: [registry],
    });
    gauge.set({ node, emulated: "true" }, value);
  }
  return registry.metrics();
}

/** Exported for tests. */
export const samplesOf = (texts: KernelTexts): Sample[] => [
  ...linesOf(texts.meminfo).flatMap(memory),
  ...linesOf(texts.vmstat).flatMap(vmstat),
  ...[...counterTables(texts.netstat), ...counterTables(texts.snmp)],
  ...linesOf(texts.sockstat).flatMap(sockstat),
  ...(["cpu", "io", "memory"] as const).flatMap((name) =>
    linesOf(texts[`pressure/${name}`]).flatMap((line) => pressure(name, line)),
  ),
];

const linesOf = (text: string): string[] => text.split("\n").filter((line) => line !== "");

/** `Active(anon): 12 kB` → node_memory_Active_anon_bytes. */
function memory(line: string): Sample[] {
  const [, name = "", kib] = /^(\S+):\s+(\d+)(?: kB)?$/.exec(line) ?? [];
  if (kib === undefined) return [];
  return [[`node_memory_${name.replace(/\((.*)\)/, "_$1")}_bytes`, Number(kib) * 1024]];
}

function vmstat(line: string): Sample[] {
  const [name, value] = line.split(" ");
  return value === undefined ? [] : [[`node_vmstat_${name}`, Number(value)]];
}

/** Names in one line, values in the next. */
function counterTables(text: string): Sample[] {
  const lines = linesOf(text);
  const samples: Sample[] = [];
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const [group = "", ...names] = (lines[i] ?? "").split(" ");
    const [, ...values] = (lines[i + 1] ?? "").split(" ");
    for (const [at, name] of names.entries())
      samples.push([`node_netstat_${group.replace(":", "")}_${name}`, Number(values[at])]);
  }
  return samples;
}

/** `TCP: inuse 3 mem 12`: pages become bytes too. */
function sockstat(line: string): Sample[] {
  const [protocol = "", ...pairs] = line.split(" ");
  const prefix = `node_sockstat_${protocol.replace(":", "")}`;
  const samples: Sample[] = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const value = Number(pairs[i + 1]);
    samples.push([`${prefix}_${pairs[i]}`, value]);
    if (pairs[i] === "mem") samples.push([`${prefix}_mem_bytes`, value * PAGE_BYTES]);
  }
  return samples;
}

const PAGE_BYTES = 4096;

/** "some" is waiting, "full" is stalled; of the CPU there is no "full". */
function pressure(resource: "cpu" | "io" | "memory", line: string): Sample[] {
  const [, kind, totalUs] = /^(some|full) .* total=(\d+)$/.exec(line) ?? [];
  if (totalUs === undefined || (resource === "cpu" && kind === "full")) return [];
  const what = kind === "some" ? "waiting" : "stalled";
  return [[`node_pressure_${resource}_${what}_seconds_total`, Number(totalUs) / 1e6]];
}
