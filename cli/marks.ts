// `unwedge marks`: a machine's marks and limits, or how well the formulas reproduce readings of real kernels.
//
// A pure function of its options: the caller reads files, prints the text and exits with the code.

import {
  checkVectors,
  type Era,
  eras,
  layoutZones,
  type MachineMarks,
  machineMarks,
  type VectorReport,
  type ZoneMarks,
} from "#kernel/index.ts";

export interface MarksOptions {
  readonly ramBytes: number;
  /** What the kernel keeps for itself: image, page structs. */
  readonly kernelBytes: number;
  readonly era: Era;
  readonly thp: boolean;
  /** vm.min_free_kbytes; null: as the kernel computes it. */
  readonly minFreeKiB: number | null;
  /** vm.watermark_scale_factor. */
  readonly watermarkScaleFactor: number;
  readonly json: boolean;
}

export interface CommandResult {
  readonly text: string;
  /** 0 when all is well, 1 when a reading was not reproduced, 65 when the input makes no sense. */
  readonly exitCode: 0 | 1 | 65;
}

/** The era whose rules a kernel version follows; null if it is older than 2.6 or no version. */
export function eraOfVersion(version: string): Era | null {
  const exact = eras.find((era) => era === version);
  if (exact !== undefined) return exact;
  const parts = /^(\d+)\.(\d+)/.exec(version);
  const major = Number(parts?.[1] ?? Number.NaN);
  if (version.startsWith("2.6")) return "2.6.12";
  if (major === 3) return "3.x";
  return major >= 4 ? "6.1" : null;
}

/** Marks and limits of a machine of this size. */
export function marksCommand(options: MarksOptions): CommandResult {
  const { era, ramBytes, kernelBytes } = options;
  if (kernelBytes >= ramBytes) return refuse("the kernel itself needs more memory than there is");
  const marks = machineMarks({
    era,
    zones: layoutZones(ramBytes, kernelBytes, era),
    thp: options.thp ? "always" : "never",
    minFreeKiB: options.minFreeKiB,
    watermarkScaleFactor: options.watermarkScaleFactor,
  });
  const text = options.json ? JSON.stringify(marks, null, 2) : render(marks);
  return { text: `${text}\n`, exitCode: 0 };
}

/** Check the content of a file of readings. */
export function vectorsCommand(
  content: string,
  options: { readonly json: boolean },
): CommandResult {
  let report: VectorReport;
  try {
    report = checkVectors(JSON.parse(content));
  } catch (error) {
    return refuse(error instanceof Error ? error.message : "unreadable");
  }
  const { exact, total, mismatches, notes } = report;
  const exitCode = mismatches.length === 0 ? 0 : 1;
  if (options.json)
    return { text: `${JSON.stringify({ exact, total, mismatches, notes }, null, 2)}\n`, exitCode };
  const lines = mismatches.map(
    ({ where, what, expected, got }) => `  ${where}: ${what} is ${expected}, computed ${got}`,
  );
  return { text: [`${exact} of ${total} exact`, ...lines, ""].join("\n"), exitCode };
}

function refuse(reason: string): CommandResult {
  return { text: `unwedge marks: ${reason}\n`, exitCode: 65 };
}

function render(marks: MachineMarks): string {
  const { era, minFreeKiB, zones } = marks;
  const managed = zones.reduce((sum, zone) => sum + zone.managedPages, 0);
  const title = `Linux ${era}, ${pages(managed)} managed, min_free_kbytes ${minFreeKiB}`;
  return [title, "", ...zoneTable(zones), "", ...machineLines(marks), "", ...netLines(marks)].join(
    "\n",
  );
}

/** One column a zone, one line a mark: who is refused when no more than this is free. */
function zoneTable(zones: readonly ZoneMarks[]): string[] {
  const row = (label: string, value: (zone: ZoneMarks) => number, note = ""): string[] => [
    label,
    ...zones.map((zone) => String(value(zone))),
    note,
  ];
  const rows = [
    ["pages", ...zones.map((zone) => zone.name), "refused, or what happens, when no more is free"],
    row("managed", (zone) => zone.managedPages),
    row("high", (zone) => zone.highPages, "above it kswapd sleeps"),
    row("low", (zone) => zone.lowPages, "kswapd wakes"),
    row("min", (zone) => zone.minPages, "GFP_KERNEL, GFP_NOIO: they reclaim or wait"),
    row("no wait", (zone) => zone.floors.nowaitPages, "GFP_NOWAIT"),
    row("high right", (zone) => zone.floors.highPages, "__GFP_HIGH that may sleep"),
    row("real time", (zone) => zone.floors.realtimePages, "GFP_KERNEL of real-time tasks"),
    row("atomic", (zone) => zone.floors.atomicPages, "GFP_ATOMIC: interrupts, packets"),
    row("victim", (zone) => zone.floors.oomVictimPages, "a task chosen by the OOM killer"),
    row("memalloc", () => 0, "PF_MEMALLOC, __GFP_MEMALLOC: only when nothing is left"),
    row(
      "protected",
      (zone) => zone.protectionPages[2] ?? 0,
      "added for requests that could use Normal",
    ),
    row("boost", (zone) => zone.boostPagesMax, "most that fragmentation adds to min, low and high"),
  ];
  return align(rows);
}

function machineLines(marks: MachineMarks): string[] {
  const { throttleLinePages: line, boostedThrottleLinePages: boosted } = marks;
  const throttle =
    line === null
      ? ["throttle", "none", "direct reclaimers are never held back"]
      : [
          "throttle",
          String(line),
          `direct reclaimers sleep at it${boosted === line ? "" : `; ${boosted} when boosted`}`,
        ];
  const flood = ["flood floor", String(marks.floodFloorPages), "what GFP_ATOMIC alone leaves free"];
  const buffer = [
    "buffer pages",
    String(marks.bufferPages),
    "managed above high: limits come from it",
  ];
  return align([throttle, flood, buffer]);
}

function netLines({ net }: MachineMarks): string[] {
  const memory = (name: string, limits: MachineMarks["net"]["tcpMem"] | null): string[] => {
    if (limits === null) return [name, "none", ""];
    const { minPages, pressurePages, maxPages } = limits;
    return [name, `${minPages} ${pressurePages} ${maxPages}`, `pages; at most ${pages(maxPages)}`];
  };
  const buffers = (name: string, limits: MachineMarks["net"]["tcpRmem"]): string[] => [
    name,
    `${limits.minBytes} ${limits.defaultBytes} ${limits.maxBytes}`,
    "bytes",
  ];
  return align([
    memory("tcp_mem", net.tcpMem),
    memory("udp_mem", net.udpMem),
    buffers("tcp_rmem", net.tcpRmem),
    buffers("tcp_wmem", net.tcpWmem),
    ["ipfrag", `${net.ipfragLowBytes} ${net.ipfragHighBytes}`, "bytes"],
  ]);
}

/** Columns of equal width: numbers to the right, the first and the last to the left. */
function align(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(...rows.map((row) => row.length));
  const width = (column: number): number =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        if (column === columns - 1) return cell;
        return column === 0 ? cell.padEnd(width(column)) : cell.padStart(width(column));
      })
      .join("  ")
      .trimEnd(),
  );
}

/** Pages as a person reads them. */
function pages(count: number): string {
  return `${(count / 256).toFixed(1)} MiB`;
}
