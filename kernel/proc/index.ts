// Every view of an emulated machine in the shape of a file under /proc: one row each. Text as a program that reads the real
// file expects it, so nothing in it says that it is emulated; whoever passes it on says so beside it.

import type { Machine } from "../machine.ts";
import { meminfo } from "./meminfo.ts";
import { netstat, snmp, sockstat } from "./net.ts";
import { pressure } from "./pressure.ts";
import { stack } from "./stack.ts";
import { vmstat } from "./vmstat.ts";
import { buddyinfo, zoneinfo } from "./zones.ts";

export interface ProcView {
  /** The file it stands for. */
  readonly file: string;
  readonly print: (machine: Machine) => string;
}

export const procViews = {
  meminfo: { file: "/proc/meminfo", print: meminfo },
  vmstat: { file: "/proc/vmstat", print: vmstat },
  zoneinfo: { file: "/proc/zoneinfo", print: zoneinfo },
  buddyinfo: { file: "/proc/buddyinfo", print: buddyinfo },
  netstat: { file: "/proc/net/netstat", print: netstat },
  snmp: { file: "/proc/net/snmp", print: snmp },
  sockstat: { file: "/proc/net/sockstat", print: sockstat },
  "pressure/cpu": { file: "/proc/pressure/cpu", print: pressure("cpu") },
  "pressure/io": { file: "/proc/pressure/io", print: pressure("io") },
  "pressure/memory": { file: "/proc/pressure/memory", print: pressure("memory") },
  stack: { file: "/proc/*/stack", print: stack },
} as const satisfies Record<string, ProcView>;

export type ProcName = keyof typeof procViews;

export const isProcName = (name: string): name is ProcName => Object.hasOwn(procViews, name);

/** `pressure` is a folder: its views one after the other, each under its name, as head(1) prints several files. */
export function procText(machine: Machine, name: ProcName | "pressure"): string {
  if (name !== "pressure") return procViews[name].print(machine);
  return (["cpu", "io", "memory"] as const)
    .map((resource) => procViews[`pressure/${resource}`])
    .map(({ file, print }) => `==> ${file} <==\n${print(machine)}`)
    .join("\n");
}
