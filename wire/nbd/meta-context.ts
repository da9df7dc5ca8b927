// Metadata contexts: what a client may ask about ranges of an export besides their bytes. We know one, base:allocation.
//
// Follows: NetworkBlockDevice doc/proto.md, sections Metadata querying, base: metadata context, NBD_OPT_LIST_META_CONTEXT,
// NBD_OPT_SET_META_CONTEXT.
//
// Not modelled: contexts of other namespaces; a query for one selects nothing, which is no error.

import { assert } from "#base/assert.ts";
import { encodeUtf8, equalBytes, viewOf } from "../bytes.ts";
import { NBD_OPT_LIST_META_CONTEXT, NBD_STRING_BYTES_MAX } from "./constants.ts";

/** The number under which replies speak of base:allocation. The server chooses it. */
export const NBD_ALLOCATION_ID = 1;
export const NBD_ALLOCATION_NAME = encodeUtf8("base:allocation");
const BASE_NAMESPACE = encodeUtf8("base:");

/** What LIST_META_CONTEXT and SET_META_CONTEXT carry. */
export interface NbdMetaContextRequest {
  readonly name: Uint8Array;
  readonly queries: readonly Uint8Array[];
}

/** The data of both options. */
export function encodeMetaContextRequest({ name, queries }: NbdMetaContextRequest): Uint8Array {
  assert(name.length <= NBD_STRING_BYTES_MAX, "an export name has at most 4096 bytes");
  const queriesBytes = queries.reduce((sumBytes, query) => sumBytes + 4 + query.length, 0);
  const bytes = new Uint8Array(8 + name.length + queriesBytes);
  const view = viewOf(bytes);
  view.setUint32(0, name.length);
  bytes.set(name, 4);
  view.setUint32(4 + name.length, queries.length);
  let atBytes = 8 + name.length;
  for (const query of queries) {
    view.setUint32(atBytes, query.length);
    bytes.set(query, atBytes + 4);
    atBytes += 4 + query.length;
  }
  return bytes;
}

/** The data of both options; null unless the lengths inside agree with the whole. */
export function decodeMetaContextRequest(bytes: Uint8Array): NbdMetaContextRequest | null {
  const name = stringAt(bytes, 0);
  if (name === null) return null;
  let atBytes = 4 + name.length;
  if (atBytes + 4 > bytes.length) return null;
  const count = viewOf(bytes).getUint32(atBytes);
  atBytes += 4;
  // Each query has at least its length: a count that cannot be true is not looped over.
  if (count > (bytes.length - atBytes) / 4) return null;
  const queries: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const query = stringAt(bytes, atBytes);
    if (query === null) return null;
    queries.push(query);
    atBytes += 4 + query.length;
  }
  return atBytes === bytes.length ? { name, queries } : null;
}

/** Whether these queries name base:allocation. When listing, no query at all asks for everything, and "base:" for its namespace. */
export function asksAllocation(option: number, queries: readonly Uint8Array[]): boolean {
  const isList = option === NBD_OPT_LIST_META_CONTEXT;
  if (isList && queries.length === 0) return true;
  return queries.some(
    (query) =>
      equalBytes(query, NBD_ALLOCATION_NAME) || (isList && equalBytes(query, BASE_NAMESPACE)),
  );
}

/** A length of 32 bits and as many bytes, or null where `bytes` ends before. */
function stringAt(bytes: Uint8Array, atBytes: number): Uint8Array | null {
  if (atBytes + 4 > bytes.length) return null;
  const lenBytes = viewOf(bytes).getUint32(atBytes);
  if (lenBytes > NBD_STRING_BYTES_MAX || atBytes + 4 + lenBytes > bytes.length) return null;
  return bytes.subarray(atBytes + 4, atBytes + 4 + lenBytes);
}
