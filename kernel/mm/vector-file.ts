// A file of readings, decoded: what is missing or of the wrong form is said by its path.

import type { Era } from "../era.ts";
import type { Thp } from "./watermark.ts";
import { type ZoneName, zoneNames } from "./zone.ts";

/** One boot of one kernel, and the readings taken on it. */
export interface Boot {
  readonly name: string;
  readonly era: Era;
  readonly thp: Thp;
  /** The first is that of the boot itself. */
  readonly readings: readonly Reading[];
}

export interface Reading {
  readonly setting: string;
  readonly minFreeKiB: number;
  readonly watermarkScaleFactor: number;
  readonly tcpMem: readonly number[];
  readonly udpMem: readonly number[];
  readonly tcpRmem: readonly number[];
  readonly tcpWmem: readonly number[];
  readonly zones: readonly ZoneReading[];
}

/** A zone as /proc/zoneinfo shows it: the marks include the boost. */
export interface ZoneReading {
  readonly name: ZoneName;
  /** 0 DMA, 1 DMA32, 2 NORMAL. */
  readonly index: number;
  readonly minPages: number;
  readonly lowPages: number;
  readonly highPages: number;
  readonly boostPages: number;
  readonly managedPages: number;
  readonly protection: readonly number[];
}

/** A value of the file and where it stands. */
class Node {
  readonly #value: unknown;
  readonly #path: string;

  constructor(value: unknown, path: string) {
    this.#value = value;
    this.#path = path;
  }

  at(key: string): Node {
    const value = this.#value;
    if (typeof value !== "object" || value === null || !(key in value))
      throw new Error(`${this.#path}: expected an object with "${key}"`);
    const entry: unknown = Object.entries(value).find(([name]) => name === key)?.[1];
    return new Node(entry, `${this.#path}.${key}`);
  }

  list(): Node[] {
    if (!Array.isArray(this.#value)) throw new Error(`${this.#path}: expected a list`);
    return this.#value.map((item: unknown, i) => new Node(item, `${this.#path}[${i}]`));
  }

  text(): string {
    if (typeof this.#value !== "string") throw new Error(`${this.#path}: expected a text`);
    return this.#value;
  }

  count(): number {
    const value = this.#value;
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0)
      throw new Error(`${this.#path}: expected a whole number, 0 or more`);
    return value;
  }

  counts(): number[] {
    return this.list().map((item) => item.count());
  }
}

/** The boots of a parsed file. Throws an Error that names the path of what is wrong. */
export function readBoots(json: unknown): Boot[] {
  return new Node(json, "file").at("boots").list().map(readBoot);
}

function readBoot(boot: Node): Boot {
  const kernel = boot.at("kernel").text();
  return {
    name: `${kernel}, ${boot.at("qemuMemMb").count()} MiB, ${boot.at("cpus").count()} CPU`,
    era: eraOf(kernel),
    thp: thpOf(boot.at("thp").text()),
    readings: boot.at("settings").list().map(readReading),
  };
}

/** The rules a kernel follows, by its version: 6.12 computes all of this as 6.1 does. */
function eraOf(kernel: string): Era {
  if (kernel.startsWith("2.6.")) return "2.6.12";
  return kernel.startsWith("3.") ? "3.x" : "6.1";
}

/** "always madvise [never]": the one in brackets. */
function thpOf(text: string): Thp {
  if (text.includes("[always]")) return "always";
  return text.includes("[madvise]") ? "madvise" : "never";
}

function readReading(reading: Node): Reading {
  const sysctl = reading.at("sysctl");
  return {
    setting: reading.at("setting").text(),
    minFreeKiB: sysctl.at("vm/min_free_kbytes").count(),
    watermarkScaleFactor: sysctl.at("vm/watermark_scale_factor").count(),
    tcpMem: sysctl.at("net/ipv4/tcp_mem").counts(),
    udpMem: sysctl.at("net/ipv4/udp_mem").counts(),
    tcpRmem: sysctl.at("net/ipv4/tcp_rmem").counts(),
    tcpWmem: sysctl.at("net/ipv4/tcp_wmem").counts(),
    zones: reading.at("zones").list().map(readZone),
  };
}

function readZone(zone: Node): ZoneReading {
  const name = zone.at("zone").text();
  const index = zoneNames.map(String).indexOf(name);
  const known = zoneNames[index];
  if (known === undefined) throw new Error(`zone "${name}": expected ${zoneNames.join(", ")}`);
  return {
    name: known,
    index,
    minPages: zone.at("min").count(),
    lowPages: zone.at("low").count(),
    highPages: zone.at("high").count(),
    boostPages: zone.at("boost").count(),
    managedPages: zone.at("managed").count(),
    protection: zone.at("protection").counts(),
  };
}
