// Quantities with units: what every number in a scenario must be that measures something.
//
// A bare number is refused, for the reader cannot know whether 60 was meant in ms, s or min (a lesson from tools that mix
// them). Inside, everything is ns, bytes, per second, bytes per second, parts per million; it is converted here and nowhere
// else. A size relative to RAM ("20 %", "4 x ram") needs the RAM to be known and is turned into bytes by `sizeBytes`.

import { KIB, MIB, PAGE_BYTES } from "#base/units.ts";
import { nearest } from "./nearest.ts";

export type Dimension = "duration" | "size" | "rate" | "bandwidth" | "ratio";

/** A quantity in its inner unit: ns, bytes, per second, bytes per second, parts per million; or a multiple of RAM. */
export interface Quantity {
  readonly dimension: Dimension;
  readonly value: number;
  /** value is in parts of the machine's RAM (1 = all of it) and not yet bytes. */
  readonly ofRam: boolean;
}

/** What quantities look like as text: a number with a unit of its dimension, or it does not compile. */
export interface QuantityText {
  readonly duration: Written<"ns" | "us" | "ms" | "s" | "min" | "h">;
  readonly size: Written<"B" | "KiB" | "MiB" | "GiB" | "pages" | "%" | "x ram">;
  readonly rate: Written<"/s" | "/ms" | "/min">;
  readonly bandwidth: Written<"bit/s" | "Kbit/s" | "Mbit/s" | "Gbit/s">;
  readonly ratio: Written<"%">;
}
type Written<Unit extends string> = `${number}${"" | " "}${Unit}`;

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string; readonly nearest: string | null };

/** Unit → how many inner units it is. */
export const UNITS: Readonly<Record<Dimension, ReadonlyMap<string, number>>> = {
  duration: new Map([
    ["ns", 1],
    ["us", 1_000],
    ["ms", 1_000_000],
    ["s", 1_000_000_000],
    ["min", 60_000_000_000],
    ["h", 3_600_000_000_000],
  ]),
  size: new Map([
    ["B", 1],
    ["KiB", KIB],
    ["MiB", MIB],
    ["GiB", 1024 * MIB],
    ["pages", PAGE_BYTES],
  ]),
  rate: new Map([
    ["/min", 1 / 60],
    ["/ms", 1_000],
    ["/s", 1],
  ]),
  bandwidth: new Map([
    ["bit/s", 1 / 8],
    ["Kbit/s", 125],
    ["Mbit/s", 125_000],
    ["Gbit/s", 125_000_000],
  ]),
  ratio: new Map([["%", 10_000]]),
};

export const EXAMPLES = {
  duration: "8 s",
  size: "64 MiB",
  rate: "3000/s",
  bandwidth: "1 Gbit/s",
  ratio: "1 %",
} as const satisfies Record<Dimension, string>;

/** What people write when they mean one of ours. */
const MEANT: ReadonlyMap<string, string> = new Map([
  ["sec", "s"],
  ["secs", "s"],
  ["second", "s"],
  ["seconds", "s"],
  ["msec", "ms"],
  ["usec", "us"],
  ["µs", "us"],
  ["m", "min"],
  ["mins", "min"],
  ["minute", "min"],
  ["minutes", "min"],
  ["hour", "h"],
  ["hours", "h"],
  ["byte", "B"],
  ["bytes", "B"],
  ["K", "KiB"],
  ["k", "KiB"],
  ["kB", "KiB"],
  ["KB", "KiB"],
  ["M", "MiB"],
  ["MB", "MiB"],
  ["G", "GiB"],
  ["GB", "GiB"],
  ["page", "pages"],
  ["/sec", "/s"],
  ["Hz", "/s"],
  ["pps", "/s"],
  ["bps", "bit/s"],
  ["Kbps", "Kbit/s"],
  ["kbps", "Kbit/s"],
  ["Mbps", "Mbit/s"],
  ["Gbps", "Gbit/s"],
]);

/** The unit of ours that somebody's habit stands for; null when it is no habit we know. */
export const nearestUnit = (unit: string): string | null => MEANT.get(unit) ?? null;

const FORM = /^([+-]?)(\d+(?:\.\d+)?)\s*(.*)$/;
const RAM_FORM = /^x\s*ram$/;

/** Pattern of a quantity's text for the published schema; `${name}` stands for a parameter. */
export function patternOf(dimension: Dimension): string {
  const units = [...UNITS[dimension].keys()].join("|");
  const ofRam = dimension === "size" ? "|^\\d+(\\.\\d+)? ?(%|x ram)$" : "";
  return `^\\d+(\\.\\d+)? ?(${units})$${ofRam}|^\\$\\{\\w+\\}$`;
}

/** Reads `text` as a quantity of the dimension. */
export function parseQuantity(text: string, dimension: Dimension): Parsed<Quantity> {
  const form = FORM.exec(text.trim());
  if (form === null) return refuse(text, dimension, "is not a number with a unit");
  const [, sign, digits, unit] = form;
  const number = Number(digits);
  if (sign === "-") return refuse(text, dimension, "is negative");
  if (unit === undefined || unit === "") return bare(text, dimension);
  if (dimension === "size" && (unit === "%" || RAM_FORM.test(unit)))
    return accept(dimension, unit === "%" ? number / 100 : number, true);
  const factor = factorOf(dimension, unit);
  if (factor === null) return unknownUnit(text, unit, dimension);
  return accept(dimension, exact(number * factor), false);
}

/** Bytes of a size, floored to whole pages where it was relative to RAM. */
export function sizeBytes(quantity: Quantity, ramBytes: number): number {
  if (!quantity.ofRam) return quantity.value;
  return Math.floor((quantity.value * ramBytes) / PAGE_BYTES) * PAGE_BYTES;
}

/** The quantity as a person would write it, in the largest unit that keeps it whole. */
export function formatQuantity(value: number, dimension: Dimension): string {
  const units = [...UNITS[dimension]].filter(([unit]) => unit !== "pages").reverse();
  const whole = units.find(([, factor]) => Number.isInteger(value / factor));
  const [unit, factor] = value === 0 || whole === undefined ? ZERO_UNITS[dimension] : whole;
  return `${value / factor}${unit.startsWith("/") ? "" : " "}${unit}`;
}

/** For zero, and for what no unit makes whole. */
const ZERO_UNITS: Readonly<Record<Dimension, readonly [string, number]>> = {
  duration: ["s", 1_000_000_000],
  size: ["B", 1],
  rate: ["/s", 1],
  bandwidth: ["bit/s", 1 / 8],
  ratio: ["%", 10_000],
};

/** All units of a dimension, as an error names them. */
export function expectedOf(dimension: Dimension): string {
  const units = [...UNITS[dimension].keys()];
  const ofRam = dimension === "size" ? ["%", "x ram"] : [];
  return `a ${dimension} such as ${EXAMPLES[dimension]} (${[...units, ...ofRam].join(", ")})`;
}

function factorOf(dimension: Dimension, unit: string): number | null {
  return UNITS[dimension].get(unit) ?? null;
}

/** Decimal fractions of a unit come out as the whole number that was meant: 0.1 ms is 100000 ns. */
function exact(value: number): number {
  const whole = Math.round(value);
  return Math.abs(value - whole) < 1e-6 * Math.max(1, whole) ? whole : value;
}

const accept = (dimension: Dimension, value: number, ofRam: boolean): Parsed<Quantity> => ({
  ok: true,
  value: { dimension, value, ofRam },
});

function refuse(text: string, dimension: Dimension, why: string): Parsed<Quantity> {
  return {
    ok: false,
    message: `${quote(text)} ${why}; expected ${expectedOf(dimension)}`,
    nearest: null,
  };
}

function bare(text: string, dimension: Dimension): Parsed<Quantity> {
  return refuse(text, dimension, "has no unit");
}

function unknownUnit(text: string, unit: string, dimension: Dimension): Parsed<Quantity> {
  const units = [...UNITS[dimension].keys()];
  const meant = nearestUnit(unit);
  const suggestion = meant !== null && units.includes(meant) ? meant : nearest(unit, units);
  const other = otherDimension(unit, dimension);
  const why = other === null ? `has the unknown unit ${quote(unit)}` : `is a ${other}`;
  return {
    ok: false,
    message: `${quote(text)} ${why}; expected ${expectedOf(dimension)}`,
    nearest: other === null ? suggestion : null,
  };
}

function otherDimension(unit: string, dimension: Dimension): Dimension | null {
  const dimensions: readonly Dimension[] = ["duration", "size", "rate", "bandwidth", "ratio"];
  return dimensions.find((other) => other !== dimension && factorOf(other, unit) !== null) ?? null;
}

const quote = (text: string): string => `"${text}"`;
