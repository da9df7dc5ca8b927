// A line of the control socket, decoded once: what it commands, or what is wrong with it.

import { faults, isFaultName, LEASE_NS_MAX } from "#faults/index.ts";
import type { FaultOrder } from "./fault-desk.ts";

const LEASE_MS_MAX = LEASE_NS_MAX / 1_000_000;

export type ControlCommand =
  | { readonly do: "add"; readonly order: FaultOrder }
  | { readonly do: "renew"; readonly id: string; readonly leaseMs: number }
  /** Null: all. */
  | { readonly do: "heal"; readonly id: string | null }
  | { readonly do: "list" }
  | { readonly do: "stats" };

export type Decoded =
  | { readonly ok: true; readonly command: ControlCommand }
  | { readonly ok: false; readonly error: string };

export function decodeCommand(line: string): Decoded {
  const fields = fieldsOf(line);
  if (fields === null) return wrong("a line is one JSON object");
  const id = fields.get("id");
  switch (fields.get("do")) {
    case "add":
      return decodeAdd(fields);
    case "renew": {
      const leaseMs = leaseMsIn(fields);
      if (typeof id !== "string" || leaseMs === null) return wrong(`renew: id, and ${LEASE}`);
      return right({ do: "renew", id, leaseMs });
    }
    case "heal":
      if (id !== undefined && typeof id !== "string")
        return wrong("heal: id is a text, or left out");
      return right({ do: "heal", id: id ?? null });
    case "list":
      return right({ do: "list" });
    case "stats":
      return right({ do: "stats" });
    default:
      return wrong("do is one of add, renew, heal, list, stats");
  }
}

/** The arguments of a fault in inner units, defaults filled in; or what is wrong with them. */
export function faultArgs(
  name: keyof typeof faults,
  given: ReadonlyMap<string, unknown>,
): Readonly<Record<string, number>> | string {
  const { args } = faults[name];
  const known = new Map(Object.entries(args));
  for (const key of given.keys())
    if (!known.has(key))
      return `${name} has no argument ${key}; it has: ${[...known.keys()].join(", ")}`;
  const values: Record<string, number> = {};
  for (const [key, spec] of known) {
    const value = given.get(key) ?? spec.default;
    if (typeof value !== "number" || !Number.isFinite(value) || value < 0)
      return `${name} needs ${key}, a number: ${spec.about}`;
    values[key] = value;
  }
  return values;
}

const LEASE = `leaseMs between 1 and ${LEASE_MS_MAX}`;

function decodeAdd(fields: ReadonlyMap<string, unknown>): Decoded {
  const id = fields.get("id");
  const name = fields.get("fault");
  const leaseMs = leaseMsIn(fields);
  if (typeof id !== "string" || id === "") return wrong("add: id is a text, and not empty");
  if (typeof name !== "string" || !isFaultName(name))
    return wrong("add: fault is a name of the table");
  if (faults[name].effect.on !== "store")
    return wrong(`add: ${name} does not strike a swap server's process`);
  if (leaseMs === null) return wrong(`add: ${LEASE}`);
  const given = fields.get("args") ?? {};
  if (typeof given !== "object" || given === null) return wrong("add: args is an object");
  const args = faultArgs(name, new Map(Object.entries(given)));
  if (typeof args === "string") return wrong(`add: ${args}`);
  return right({ do: "add", order: { id, name, args, leaseMs } });
}

function leaseMsIn(fields: ReadonlyMap<string, unknown>): number | null {
  const leaseMs = fields.get("leaseMs");
  const isLease = typeof leaseMs === "number" && leaseMs >= 1 && leaseMs <= LEASE_MS_MAX;
  return isLease ? leaseMs : null;
}

function fieldsOf(line: string): ReadonlyMap<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
    return new Map<string, unknown>(Object.entries(value));
  } catch {
    return null;
  }
}

const wrong = (error: string): Decoded => ({ ok: false, error });
const right = (command: ControlCommand): Decoded => ({ ok: true, command });
