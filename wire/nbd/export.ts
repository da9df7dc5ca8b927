// An NBD export: what a server offers under a name, and which requests it refuses before any disk sees them.
//
// Follows: NetworkBlockDevice doc/proto.md, sections Transmission flags, Size constraints, Request types, Error values.
// Where the specification leaves an error open we answer as nbdkit does: EINVAL for lengths of zero.
//
// Not modelled: FAST_ZERO, RESIZE, rotational exports.

import { assert } from "#base/assert.ts";
import {
  NBD_CMD_BLOCK_STATUS,
  NBD_CMD_CACHE,
  NBD_CMD_DISC,
  NBD_CMD_FLAG_DF,
  NBD_CMD_FLAG_FUA,
  NBD_CMD_FLAG_NO_HOLE,
  NBD_CMD_FLAG_REQ_ONE,
  NBD_CMD_FLUSH,
  NBD_CMD_READ,
  NBD_CMD_TRIM,
  NBD_CMD_WRITE,
  NBD_CMD_WRITE_ZEROES,
  NBD_EINVAL,
  NBD_ENOSPC,
  NBD_EOVERFLOW,
  NBD_EPERM,
  NBD_FLAG_CAN_MULTI_CONN,
  NBD_FLAG_HAS_FLAGS,
  NBD_FLAG_READ_ONLY,
  NBD_FLAG_SEND_CACHE,
  NBD_FLAG_SEND_DF,
  NBD_FLAG_SEND_FLUSH,
  NBD_FLAG_SEND_FUA,
  NBD_FLAG_SEND_TRIM,
  NBD_FLAG_SEND_WRITE_ZEROES,
  NBD_MIN_BLOCK_BYTES_MAX,
  NBD_PREFERRED_BLOCK_BYTES_MIN,
  NBD_SUCCESS,
} from "./constants.ts";
import type { NbdRequestHeader } from "./frame.ts";

/** What is offered under one name; "" is the default export. */
export interface NbdExport {
  readonly name: string;
  /** A multiple of `minBlockBytes`, below 2^53. */
  readonly sizeBytes: number;
  readonly readOnly: boolean;
  /** A power of two, 1 to 65,536. */
  readonly minBlockBytes: number;
  /** A power of two, at least 512 and `minBlockBytes`. */
  readonly preferredBlockBytes: number;
  /** Longest READ or WRITE, at least `preferredBlockBytes`. */
  readonly maxPayloadBytes: number;
  /** True when FLUSH and FUA on one connection cover writes on all others. Left out: false. */
  readonly mayMultiConn?: boolean;
  /** True when the server can say which ranges hold data: base:allocation is offered. Left out: false. */
  readonly knowsAllocation?: boolean;
}

/** How replies of a session look. */
export type NbdReplyStyle = "simple" | "structured";

/** What client and server agreed on besides the export. */
export interface NbdTerms {
  readonly style: NbdReplyStyle;
  /** base:allocation was selected for the chosen export: BLOCK_STATUS may be asked. */
  readonly allocation: boolean;
}

/** Stop on an export no client could understand. */
export function assertNbdExport(nbdExport: NbdExport): void {
  const { sizeBytes, minBlockBytes, preferredBlockBytes, maxPayloadBytes } = nbdExport;
  assert(isPowerOfTwo(minBlockBytes), "minBlockBytes is a power of two");
  assert(minBlockBytes <= NBD_MIN_BLOCK_BYTES_MAX, "minBlockBytes is at most 65,536");
  assert(isPowerOfTwo(preferredBlockBytes), "preferredBlockBytes is a power of two");
  assert(preferredBlockBytes >= minBlockBytes, "preferredBlockBytes holds a minimum block");
  assert(preferredBlockBytes >= NBD_PREFERRED_BLOCK_BYTES_MIN, "preferredBlockBytes is ≥ 512");
  assert(maxPayloadBytes >= preferredBlockBytes, "a payload holds a preferred block");
  assert(maxPayloadBytes <= 0xffff_ffff, "a payload length has 32 bits");
  assert(Number.isSafeInteger(sizeBytes) && sizeBytes >= 0, "an export's size is below 2^53");
  assert(sizeBytes % minBlockBytes === 0, "an export is whole minimum blocks");
}

/** The transmission flags that tell a client what this export can do. */
export function transmissionFlagsOf(nbdExport: NbdExport, style: NbdReplyStyle): number {
  const always = NBD_FLAG_HAS_FLAGS | NBD_FLAG_SEND_FLUSH | NBD_FLAG_SEND_FUA | NBD_FLAG_SEND_CACHE;
  const writing = nbdExport.readOnly
    ? NBD_FLAG_READ_ONLY
    : NBD_FLAG_SEND_TRIM | NBD_FLAG_SEND_WRITE_ZEROES;
  const multiConn = nbdExport.mayMultiConn === true ? NBD_FLAG_CAN_MULTI_CONN : 0;
  return always | writing | multiConn | (style === "structured" ? NBD_FLAG_SEND_DF : 0);
}

/** The error that answers `request` at once, or 0 when it may be carried out. */
export function errnoOfRequest(
  request: NbdRequestHeader,
  nbdExport: NbdExport,
  { style, allocation }: NbdTerms,
): number {
  if ((request.flags & ~flagsAllowed(request.type, style)) !== 0) return NBD_EINVAL;
  switch (request.type) {
    case NBD_CMD_READ:
      return errnoOfRead(request, nbdExport, style);
    case NBD_CMD_WRITE:
      if (request.lenBytes > nbdExport.maxPayloadBytes) return NBD_EINVAL;
      return errnoOfChange(request, nbdExport, NBD_ENOSPC);
    case NBD_CMD_WRITE_ZEROES:
      return errnoOfChange(request, nbdExport, NBD_ENOSPC);
    case NBD_CMD_TRIM:
      return errnoOfChange(request, nbdExport, NBD_EINVAL);
    case NBD_CMD_CACHE:
      return errnoOfRange(request, nbdExport, NBD_EINVAL);
    case NBD_CMD_BLOCK_STATUS:
      return allocation ? errnoOfRange(request, nbdExport, NBD_EINVAL) : NBD_EINVAL;
    case NBD_CMD_FLUSH:
      return errnoOfFlush(request);
    case NBD_CMD_DISC:
      return NBD_SUCCESS;
    // A number from the wire: any other command is one we do not offer.
    default:
      return NBD_EINVAL;
  }
}

function errnoOfRead(
  request: NbdRequestHeader,
  nbdExport: NbdExport,
  style: NbdReplyStyle,
): number {
  const isTooLong = request.lenBytes > nbdExport.maxPayloadBytes;
  if (isTooLong) return style === "structured" ? NBD_EOVERFLOW : NBD_EINVAL;
  return errnoOfRange(request, nbdExport, NBD_EINVAL);
}

function errnoOfChange(
  request: NbdRequestHeader,
  nbdExport: NbdExport,
  beyondEndErrno: number,
): number {
  return nbdExport.readOnly ? NBD_EPERM : errnoOfRange(request, nbdExport, beyondEndErrno);
}

function errnoOfFlush(request: NbdRequestHeader): number {
  return request.offsetBytes === 0 && request.lenBytes === 0 ? NBD_SUCCESS : NBD_EINVAL;
}

/** FUA is allowed on every command; clients are known to set it on reads. */
function flagsAllowed(type: number, style: NbdReplyStyle): number {
  if (type === NBD_CMD_WRITE_ZEROES) return NBD_CMD_FLAG_FUA | NBD_CMD_FLAG_NO_HOLE;
  if (type === NBD_CMD_BLOCK_STATUS) return NBD_CMD_FLAG_FUA | NBD_CMD_FLAG_REQ_ONE;
  if (type === NBD_CMD_READ && style === "structured") return NBD_CMD_FLAG_FUA | NBD_CMD_FLAG_DF;
  return NBD_CMD_FLAG_FUA;
}

function errnoOfRange(
  request: NbdRequestHeader,
  nbdExport: NbdExport,
  beyondEndErrno: number,
): number {
  const { offsetBytes, lenBytes } = request;
  if (lenBytes === 0) return NBD_EINVAL;
  if (offsetBytes + lenBytes > nbdExport.sizeBytes) return beyondEndErrno;
  const isAligned =
    offsetBytes % nbdExport.minBlockBytes === 0 && lenBytes % nbdExport.minBlockBytes === 0;
  return isAligned ? NBD_SUCCESS : NBD_EINVAL;
}

function isPowerOfTwo(value: number): boolean {
  return (
    Number.isInteger(value) && value >= 1 && value <= 0x8000_0000 && (value & (value - 1)) === 0
  );
}
