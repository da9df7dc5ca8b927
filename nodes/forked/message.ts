// A message as agents and coordinators exchange them: bytes of v8's serializer, for JSON has no word for some of its numbers.
//
// An order that is nothing but its name, as the twenty samples a second are, goes as plain data: socket.io writes that in one
// frame, and bytes in two.

import { deserialize, serialize } from "node:v8";
import type { Numbered } from "#wire/control/command.ts";

export function carriedOrder(order: Numbered): Uint8Array | Numbered {
  return Object.keys(order.command).length === 1 ? order : serialize(order);
}

/** What was carried; null: bytes that say nothing, or neither bytes nor an object. */
export function messageIn(carried: unknown): unknown {
  if (typeof carried !== "object") return null;
  try {
    return carried instanceof Uint8Array ? deserialize(carried) : carried;
  } catch {
    return null;
  }
}
