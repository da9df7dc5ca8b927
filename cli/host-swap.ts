// What a machine swaps to, and over which card: /proc/swaps, and what /sys tells of the devices.
//
// Not read: what a device mapper or RAID lies on, and which card leads to a server (/proc knows neither); the rings of a
// card, which only ethtool's ioctl tells.

import type { HostReadings, Line } from "./host-readings.ts";

/** How pages get there. */
export type SwapPath = "nbd" | "iscsi" | "nvme-tcp" | "network-file" | "zram" | "local" | "unknown";

export interface SwapArea {
  readonly device: string;
  readonly path: SwapPath;
  /** How that was found, for people. */
  readonly because: string;
  readonly pages: number;
  readonly priority: number;
}

export interface Card {
  readonly name: string;
  /** null: not readable. */
  readonly driver: string | null;
  readonly mtuBytes: number | null;
  readonly mbitPerSec: number | null;
}

export const isNetworked = ({ path }: SwapArea): boolean =>
  path === "nbd" || path === "iscsi" || path === "nvme-tcp" || path === "network-file";

const SWAPS = "proc/swaps";
const AREAS_MAX = 32; // MAX_SWAPFILES is below it

/** In the order of use. */
export function readSwaps(readings: HostReadings): readonly SwapArea[] {
  const [head, ...lines] = readings.lines(SWAPS) ?? [];
  if (head !== undefined && !/^Filename\s/.test(head.text))
    readings.problem(SWAPS, head, "expected the line that begins with Filename");
  if (lines.length > AREAS_MAX) readings.problems.push(`${SWAPS}: more than ${AREAS_MAX} areas`);
  return lines
    .slice(0, AREAS_MAX)
    .flatMap((line) => areaOf(readings, line) ?? [])
    .toSorted((a, b) => b.priority - a.priority);
}

function areaOf(readings: HostReadings, line: Line): SwapArea | null {
  const found = /^(\/\S+)\s+(partition|file)\s+(\d{1,13})\s+\d+\s+(-?\d{1,5})$/.exec(line.text);
  if (found === null) {
    readings.problem(SWAPS, line, "expected file, type, size, used and priority");
    return null;
  }
  const [, name = "", type = "", sizeKiB = "", priority = ""] = found;
  const device = name.replace(/\\(\d{3})/g, (_, octal: string) =>
    String.fromCharCode(parseInt(octal, 8)),
  );
  const base = /^\/dev\/([\w-]+)$/.exec(device)?.[1] ?? null;
  const how = type === "file" ? ofFile(readings, device) : ofDevice(readings, base ?? "");
  return { device, ...how, pages: Math.floor(Number(sizeKiB) / 4), priority: Number(priority) };
}

type How = Pick<SwapArea, "path" | "because">;

function ofDevice(readings: HostReadings, base: string): How {
  if (/^nbd\d/.test(base)) return { path: "nbd", because: "an NBD device" };
  if (/^zram\d/.test(base)) return { path: "zram", because: "compressed memory of this machine" };
  if (/^loop\d/.test(base)) return ofLoop(readings, base);
  if (/^nvme\d/.test(base)) return ofNvme(readings, base);
  if (/^sd[a-z]/.test(base)) return ofScsi(readings);
  if (/^(rbd|drbd)\d/.test(base))
    return { path: "unknown", because: "a replicated device; its transport is not modelled" };
  if (/^(vd|xvd|hd|mmcblk)/.test(base))
    return { path: "local", because: "a disk, as far as this machine knows" };
  return { path: "unknown", because: "what lies below it is not read" };
}

function ofLoop(readings: HostReadings, base: string): How {
  const file = readings.word(`sys/block/${base}/loop/backing_file`);
  if (file === null) return { path: "unknown", because: "a loop device whose file is not known" };
  const { path, because } = ofFile(readings, file);
  return { path, because: `a loop device on ${because}` };
}

function ofNvme(readings: HostReadings, base: string): How {
  const controller = /^nvme\d+/.exec(base)?.[0] ?? "";
  const transport = readings.word(`sys/class/nvme/${controller}/transport`);
  if (transport === "tcp") return { path: "nvme-tcp", because: "NVMe over TCP" };
  if (transport === "pcie") return { path: "local", because: "NVMe on the bus" };
  return { path: "unknown", because: `NVMe over ${transport ?? "what is not known"}` };
}

/** Sessions are numbered from 1, and a machine that logs in again and again is rare. */
const SESSIONS_TRIED = 8;

function ofScsi(readings: HostReadings): How {
  for (let n = 1; n <= SESSIONS_TRIED; n++) {
    const target = readings.word(`sys/class/iscsi_session/session${n}/targetname`);
    if (target !== null)
      return { path: "iscsi", because: "a SCSI disk, and there is an iSCSI session: taken as its" };
  }
  return { path: "local", because: "a SCSI disk, and there is no iSCSI session" };
}

const NETWORK_FILE_SYSTEMS = /^(nfs4?|cifs|smb3|9p|ceph|glusterfs|fuse\.\w+)$/;

function ofFile(readings: HostReadings, file: string): How {
  const mounts = (readings.lines("proc/mounts") ?? []).flatMap(({ text }) => {
    const [, point = "", type = ""] = text.split(" ");
    const isAbove = point === "/" || file === point || file.startsWith(`${point}/`);
    return isAbove ? [{ point, type }] : [];
  });
  const [mount] = mounts.toSorted((a, b) => b.point.length - a.point.length);
  if (mount === undefined) return { path: "unknown", because: "a file on an unknown file system" };
  return NETWORK_FILE_SYSTEMS.test(mount.type)
    ? { path: "network-file", because: `a file on ${mount.type}` }
    : { path: "local", because: `a file on ${mount.type}` };
}

const CARDS_MAX = 16;

/** Cards with a device behind them; bridges, tunnels and loopback have none. */
export function readCards(readings: HostReadings): readonly Card[] {
  const names = (readings.lines("proc/net/dev") ?? []).flatMap(
    ({ text }) => /^([\w.-]{1,15}): /.exec(text.replace(":", ": "))?.[1] ?? [],
  );
  return names
    .filter((name) => !/^\.*$/.test(name) && name !== "lo")
    .flatMap((name) => {
      const folder = `sys/class/net/${name}`;
      const uevent = readings.probe(`${folder}/device/uevent`);
      if (uevent === null) return [];
      const driver = uevent.find(({ text }) => text.startsWith("DRIVER="))?.text.slice(7) ?? null;
      return [
        {
          name,
          driver,
          mtuBytes: readings.count(`${folder}/mtu`, 65_535),
          mbitPerSec: speedOf(readings, folder),
        },
      ];
    })
    .slice(0, CARDS_MAX);
}

/** −1, or an error, where there is no link; virtual cards say nothing. */
function speedOf(readings: HostReadings, folder: string): number | null {
  const word = readings.word(`${folder}/speed`);
  return word !== null && /^[1-9]\d{0,6}$/.test(word) ? Number(word) : null;
}
