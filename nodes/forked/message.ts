// A message as bytes of v8's serializer, as agents and coordinators exchange them.

import { deserialize } from "node:v8";

/** What bytes say; null: they are none, or say nothing. */
export function messageIn(bytes: unknown): unknown {
  try {
    return bytes instanceof Uint8Array ? deserialize(bytes) : null;
  } catch {
    return null;
  }
}
