// A film for other tools: a table, or a trace that Perfetto and Chrome's tracing open.

import { bandsOf, type Film, type MachineShot } from "#sim/index.ts";

type Read = (shot: MachineShot) => number;

/** What is read of each machine in each frame; names carry their units. */
const READINGS: readonly (readonly [name: string, read: Read])[] = [
  ["free_pages", ({ pages }) => pages.free],
  ["anon_pages", ({ pages }) => pages.anon],
  ["writeback_pages", ({ pages }) => pages.writeback],
  ["file_pages", ({ pages }) => pages.fileClean + pages.fileDirty],
  ["slab_pages", ({ pages }) => pages.slab],
  ["swap_packet_pages", ({ pages }) => pages.swapPackets],
  ["other_packet_pages", ({ pages }) => pages.otherPackets],
  ["min_pages", ({ marks }) => marks.minPages],
  ["receive_buffers", ({ ring }) => ring.filled],
  ["tcp_mem_pages", ({ tcp }) => tcp.pages],
  ["swap_in_flight", ({ swap }) => swap.inFlight],
  ["swap_oldest_ns", ({ swap }) => swap.oldestNs],
  ["requests", ({ counts }) => counts.requests],
  ["swap_ins", ({ counts }) => counts.swapIns],
  ["dropped", ({ drops }) => drops.reduce((sum, [, count]) => sum + count, 0)],
];

/** One row a machine and frame, with a header (RFC 4180). */
export function csvOf({ title, frames }: Film): string {
  const head = ["at_ns", "phase", "faults", "machine", ...READINGS.map(([name]) => name)];
  const rows = frames.flatMap(({ atNs, phase, faults, machines }) =>
    machines.map((shot, i) => [
      atNs,
      phase ?? "",
      faults.map(({ name, target }) => `${name} on ${target}`).join(" + "),
      title.cast[i]?.name ?? "",
      ...READINGS.map(([, read]) => read(shot)),
    ]),
  );
  return [head, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

/** A spreadsheet takes what begins like a formula for one. */
function cell(value: string | number): string {
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Trace Event Format: counters of each machine, phases and faults as slices, lost packets and the closing as instants. */
export function perfettoOf(film: Film): string {
  const { title, frames, closure } = film;
  const names = title.cast.map(({ name }, i) => meta(i + 1, name));
  const counters = frames.flatMap(({ atNs, machines }) =>
    machines.flatMap((shot, i) =>
      READINGS.map(([name, read]) => ({
        ...{ ph: "C", pid: i + 1, ts: atNs / 1e3, name, args: { value: read(shot) } },
      })),
    ),
  );
  const lost = frames.flatMap(({ messages }) =>
    messages
      .filter(({ what }) => what === "missed" || what === "dropped")
      .map(({ atNs, to, reason, isCritical }) => ({
        ...{ ph: "i", s: "p", pid: 1 + title.cast.findIndex(({ name }) => name === to), tid: 1 },
        ...{ ts: atNs / 1e3, name: `lost: ${reason ?? ""}`, args: { isCritical } },
      })),
  );
  const closing =
    closure === null
      ? []
      : [{ ph: "i", s: "g", pid: 0, tid: 1, ts: closure.atNs / 1e3, name: "the knot closes" }];
  const traceEvents = [
    meta(0, "scenario"),
    ...names,
    ...slicesOf(film),
    ...counters,
    ...lost,
    ...closing,
  ];
  return `${JSON.stringify({ traceEvents, displayTimeUnit: "ms" })}\n`;
}

const meta = (pid: number, name: string) => ({
  ...{ ph: "M", pid, name: "process_name", args: { name } },
});

/** Phases on one track, faults on another. */
const slicesOf = ({ frames }: Film) =>
  bandsOf(frames).map(({ kind, name, fromNs, toNs }) => ({
    ...{ ph: "X", pid: 0, tid: kind === "phase" ? 1 : 2, name },
    ...{ ts: fromNs / 1e3, dur: (toNs - fromNs) / 1e3 },
  }));
