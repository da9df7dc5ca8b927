// What every builder shares: where mistakes go, and quantities that the schema has already found to be well formed.

import { PAGE_BYTES } from "#base/units.ts";
import { CPU_SPEED_DEFAULT_PERCENT } from "#kernel/index.ts";
import type { Finding, Path } from "./diagnostic.ts";
import { nearest } from "./nearest.ts";
import { type Dimension, parseQuantity, sizeBytes } from "./quantity.ts";

/** Collects mistakes; building goes on with something plausible so that the next one is found, too. */
export class Findings {
  readonly list: Finding[] = [];

  add(path: Path, message: string, more: Omit<Finding, "path" | "message"> = {}): void {
    this.list.push({ path, message, ...more });
  }

  /** A name that is not among those known. */
  unknown(path: Path, what: string, name: string, known: readonly string[]): void {
    const list = known.length === 0 ? "there is none" : `there is ${known.join(", ")}`;
    this.add(path, `no ${what} is called "${name}"; ${list}`, { nearest: nearest(name, known) });
  }
}

/** The value of a quantity that the schema has accepted, in its inner unit; null when there is none. */
export function amountOf(text: string | undefined, dimension: Dimension): number | null {
  if (text === undefined) return null;
  const parsed = parseQuantity(text, dimension);
  return parsed.ok ? parsed.value.value : null;
}

export const durationNs = (text: string | undefined): number | null => amountOf(text, "duration");

/** The speed of a CPU in percent. */
export function cpuSpeedPercent(text: string | undefined): number {
  const ppm = amountOf(text, "ratio");
  return ppm === null ? CPU_SPEED_DEFAULT_PERCENT : ppm / 10_000;
}

/** A size in bytes, whole, relative to `ramBytes` where it is written so; null when there is none. */
export function bytesOf(text: string | undefined, ramBytes: number): number | null {
  if (text === undefined) return null;
  const parsed = parseQuantity(text, "size");
  return parsed.ok ? sizeBytes(parsed.value, ramBytes) : null;
}

/** Sizes of one machine's memory, each checked to be whole pages. */
export class Sizes {
  readonly #findings: Findings;
  readonly #ramBytes: number;

  constructor(findings: Findings, ramBytes: number) {
    this.#findings = findings;
    this.#ramBytes = ramBytes;
  }

  /** Bytes, a multiple of 4096; null when the size is not given. */
  bytes(text: string | undefined, path: Path): number | null {
    const bytes = bytesOf(text, this.#ramBytes);
    if (bytes !== null && bytes % PAGE_BYTES !== 0)
      this.#findings.add(path, `"${text}" is not a whole number of 4 KiB pages`);
    return bytes;
  }

  pages(text: string | undefined, path: Path): number | null {
    const bytes = this.bytes(text, path);
    return bytes === null ? null : Math.floor(bytes / PAGE_BYTES);
  }
}

export interface PartContext {
  readonly findings: Findings;
  readonly sizes: Sizes;
  readonly path: Path;
}

/** Only what was given, so that spreading it leaves the defaults alone. */
export function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> };
export function defined(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
