// A file of faults for `unwedge swapd`: JSON, quantities with their units as in scenarios.
//
//   [{ "at": "2 s", "fault": "swap.slow", "with": { "latency": "50 ms" }, "for": "10 s" }]

import { UnwedgeError } from "#base/error.ts";
import { parseQuantity } from "#coordinator/scenario/index.ts";
import { type ArgSpec, type FaultName, faults, isFaultName } from "#faults/index.ts";
import { faultArgs, type ScheduledFault } from "../nodes/swapd/index.ts";
import type { Io } from "./io.ts";

const NS_PER_MS = 1_000_000;
const KEYS = ["at", "fault", "for", "with"];

export function readSchedule(path: string, io: Io): readonly ScheduledFault[] {
  const text = io.read(path);
  if (text === null) throw wrong(path, "no such file");
  const list = parsed(path, text);
  if (!Array.isArray(list)) throw wrong(path, "expected a list of faults");
  return list.map((entry: unknown, i) => scheduled(`${path}: fault ${i + 1}`, i, entry));
}

function scheduled(where: string, index: number, entry: unknown): ScheduledFault {
  if (typeof entry !== "object" || entry === null) throw wrong(where, "expected an object");
  const fields = new Map<string, unknown>(Object.entries(entry));
  const unknown = [...fields.keys()].find((key) => !KEYS.includes(key));
  if (unknown !== undefined)
    throw wrong(where, `no key "${unknown}"; there are: ${KEYS.join(", ")}`);
  const name = fields.get("fault");
  if (typeof name !== "string" || !isFaultName(name) || faults[name].effect.on !== "store")
    throw wrong(where, `${String(name)} is no fault of a swap server's process`);
  return {
    atMs: quantity(where, "duration", fields.get("at")) / NS_PER_MS,
    order: {
      id: `${name}-${index + 1}`,
      name,
      args: argsOf(where, name, fields.get("with") ?? {}),
      leaseMs: Math.max(1, quantity(where, "duration", fields.get("for")) / NS_PER_MS),
    },
  };
}

function argsOf(where: string, name: FaultName, given: unknown): Readonly<Record<string, number>> {
  if (typeof given !== "object" || given === null) throw wrong(where, "with: expected an object");
  const specs = new Map<string, ArgSpec>(Object.entries(faults[name].args));
  const values = Object.entries(given).map(([key, value]: [string, unknown]) => {
    const spec = specs.get(key);
    return [key, spec === undefined ? value : quantity(where, spec.dimension, value)] as const;
  });
  const args = faultArgs(name, new Map(values));
  if (typeof args === "string") throw wrong(where, args);
  return args;
}

function quantity(where: string, dimension: ArgSpec["dimension"], value: unknown): number {
  const read = typeof value === "string" ? parseQuantity(value, dimension) : null;
  if (read?.ok === true) return read.value.value;
  const why = read === null ? `expected a ${dimension} with its unit` : read.message;
  throw wrong(where, `${JSON.stringify(value) ?? "nothing"}: ${why}`);
}

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UnwedgeError("usage", `${path}: no JSON`, { cause });
  }
}

const wrong = (where: string, what: string): UnwedgeError =>
  new UnwedgeError("usage", `${where}: ${what}`);
