// What the charts draw: each chart's lines, read off the frames of one machine. The table says what every line means.

import type { Frame, MachineShot } from "#sim/index.ts";

export interface Chart {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly definition: string;
  readonly lines: readonly ChartLine[];
  /** What matters is near the levels: readings far above them (an empty machine) are cut off. */
  readonly isAboutLevels?: true;
}

export interface ChartLine {
  readonly name: string;
  /** Level: drawn as a dashed line, a limit rather than a reading. */
  readonly isLevel?: true;
  /** per second: what is read is a count since boot. */
  readonly isRate?: true;
  readonly read: (shot: MachineShot, all: readonly MachineShot[]) => number;
}

const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);

export const CHARTS: readonly Chart[] = [
  {
    id: "free",
    title: "Free memory and the marks",
    unit: "pages",
    isAboutLevels: true,
    definition:
      "Free pages of 4 KiB. kswapd begins below low and ends at high; below min only those with the right to the reserve are served.",
    lines: [
      { name: "free", read: ({ pages }) => pages.free },
      { name: "min", isLevel: true, read: ({ marks }) => marks.minPages },
      { name: "low", isLevel: true, read: ({ marks }) => marks.lowPages },
      { name: "high", isLevel: true, read: ({ marks }) => marks.highPages },
    ],
  },
  {
    id: "swap",
    title: "Swap requests in flight",
    unit: "requests",
    definition: "Reads and writes that the swap server has not answered.",
    lines: [{ name: "in flight", read: ({ swap }) => swap.inFlight }],
  },
  {
    id: "queues",
    title: "Receive queues",
    unit: "pages",
    definition:
      "Received and not read by its program, by truesize: packets for swap and for everybody else.",
    lines: [
      { name: "swap", read: (shot) => received(shot, "swap") },
      { name: "others", read: (shot) => received(shot, "others") },
    ],
  },
  {
    id: "tcp",
    title: "TCP memory (tcp_mem)",
    unit: "pages",
    definition:
      "What all TCP sockets are charged. Under pressure windows shrink; at the limit packets are dropped.",
    lines: [
      { name: "charged", read: ({ tcp }) => tcp.pages },
      { name: "pressure", isLevel: true, read: ({ tcp }) => tcp.pressurePages },
      { name: "limit", isLevel: true, read: ({ tcp }) => tcp.maxPages },
    ],
  },
  {
    id: "drops",
    title: "Packets dropped",
    unit: "packets/s",
    definition:
      "Packets this machine could not take. missed: there was no receive buffer. tossed: from the reserve, and not for swap.",
    lines: [
      {
        name: "missed",
        isRate: true,
        read: (shot) => dropped(shot, (reason) => reason === "rx-missed"),
      },
      {
        name: "tossed",
        isRate: true,
        read: (shot) => dropped(shot, (reason) => reason.startsWith("pfmemalloc")),
      },
      {
        name: "other reasons",
        isRate: true,
        read: (shot) =>
          dropped(shot, (reason) => reason !== "rx-missed" && !reason.startsWith("pfmemalloc")),
      },
    ],
  },
  {
    id: "tasks",
    title: "Tasks that stand still",
    unit: "tasks",
    definition:
      "Blocked tasks. throttled: held back so that reclaim may get somewhere; for a page: it is to come from swap.",
    lines: [
      { name: "for a page", read: (shot) => waiting(shot, (on) => on === "page-lock") },
      { name: "throttled", read: (shot) => waiting(shot, (on) => on.includes("throttle")) },
      { name: "to send", read: (shot) => waiting(shot, (on) => SENDING.has(on)) },
    ],
  },
  {
    id: "work",
    title: "Useful progress",
    unit: "per second",
    definition:
      "Requests of clients answered, and pages brought in from swap. Retransmissions and retries are none.",
    lines: [
      { name: "requests", isRate: true, read: ({ counts }) => counts.requests },
      { name: "swap-ins", isRate: true, read: ({ counts }) => counts.swapIns },
    ],
  },
  {
    id: "latency",
    title: "Service latency, 99th percentile",
    unit: "ms",
    definition:
      "Of all answers so far, 99 of 100 were faster, counted from when the request was due.",
    lines: [
      {
        name: "p99",
        read: (_, all) => Math.max(0, ...all.map(({ latencyNs }) => latencyNs ?? 0)) / 1e6,
      },
    ],
  },
];

const SENDING: ReadonlySet<string> = new Set([
  "tx-lock",
  "sndbuf",
  "stream-memory",
  "socket-writable",
]);
const NBD_PORT = 10_809;

const received = ({ sockets }: MachineShot, whose: "swap" | "others"): number =>
  sum(
    sockets
      .filter(({ isMemalloc, port }) => (isMemalloc || port === NBD_PORT) === (whose === "swap"))
      .map(({ receivedPages }) => receivedPages),
  );

const dropped = ({ drops }: MachineShot, isMeant: (reason: string) => boolean): number =>
  sum(drops.filter(([reason]) => isMeant(reason)).map(([, count]) => count));

const waiting = ({ tasks }: MachineShot, isMeant: (on: string) => boolean): number =>
  sum(tasks.filter(({ on }) => on !== null && isMeant(on)).map(({ count }) => count));

/** Times the highest level. */
const ABOVE_LEVELS = 3;

/** The highest value worth drawing. */
export function ceilingOf(
  { lines, isAboutLevels }: Chart,
  rows: readonly (readonly number[])[],
): number {
  const highest = (row: readonly number[]): number =>
    row.reduce((most, value) => Math.max(most, value), 0);
  const levels = rows.filter((_, i) => lines[i]?.isLevel === true).map(highest);
  const all = highest(rows.map(highest));
  return Math.max(1, isAboutLevels === true ? Math.min(all, highest(levels) * ABOVE_LEVELS) : all);
}

/** Columns of a chart: instants in s, then one row of values for each line. */
export function columnsOf(chart: Chart, frames: readonly Frame[], machine: number): number[][] {
  const atS = frames.map(({ atNs }) => atNs / 1e9);
  const rows = chart.lines.map(({ read, isRate }) => {
    const values = frames.map(({ machines }) => {
      const shot = machines[machine];
      return shot === undefined ? 0 : read(shot, machines);
    });
    return isRate === true ? ratesOf(values, atS) : values;
  });
  return [atS, ...rows];
}

function ratesOf(values: readonly number[], atS: readonly number[]): number[] {
  return values.map((value, i) => {
    const spanS = (atS[i] ?? 0) - (atS[i - 1] ?? 0);
    return i === 0 || spanS <= 0 ? 0 : (value - (values[i - 1] ?? 0)) / spanS;
  });
}
