// An NBD command as a disk sees it: checked, in numbers, with its data.
//
// Follows: NetworkBlockDevice doc/proto.md, section Request types.

import { assert } from "#base/assert.ts";
import { copyOf } from "../bytes.ts";
import {
  NBD_CMD_BLOCK_STATUS,
  NBD_CMD_CACHE,
  NBD_CMD_DISC,
  NBD_CMD_FLAG_FUA,
  NBD_CMD_FLUSH,
  NBD_CMD_READ,
  NBD_CMD_TRIM,
  NBD_CMD_WRITE,
  NBD_CMD_WRITE_ZEROES,
} from "./constants.ts";
import type { NbdCookie } from "./cookie.ts";
import type { NbdRequestHeader } from "./frame.ts";

/** What is to be carried out. "disconnect" wants no reply. */
export type NbdCommandType =
  | "read"
  | "write"
  | "flush"
  | "trim"
  | "writeZeroes"
  | "cache"
  | "blockStatus"
  | "disconnect";

/** A command that lies within its export and carries only flags that apply. */
export interface NbdCommand extends NbdCookie {
  readonly type: NbdCommandType;
  readonly offsetBytes: number;
  readonly lenBytes: number;
  /** The reply waits until what was written is on stable storage. */
  readonly fua: boolean;
  /** NBD_CMD_FLAG_ bits, FUA among them. */
  readonly flags: number;
  /** `lenBytes` bytes of a write in order; empty for all others. */
  readonly data: readonly Uint8Array[];
}

export const NO_DATA: readonly Uint8Array[] = [];

const TYPE_OF: readonly (NbdCommandType | undefined)[] = tableOfTypes();

/** The command of a checked request. */
export function toCommand(request: NbdRequestHeader, data: readonly Uint8Array[]): NbdCommand {
  const type = TYPE_OF[request.type];
  assert(type !== undefined, "a checked request is a known command");
  return {
    type,
    cookieHi: request.cookieHi,
    cookieLo: request.cookieLo,
    offsetBytes: request.offsetBytes,
    lenBytes: request.lenBytes,
    fua: (request.flags & NBD_CMD_FLAG_FUA) !== 0,
    flags: request.flags,
    data,
  };
}

/** The same command with data of its own. */
export function copyOfCommand(command: NbdCommand): NbdCommand {
  return { ...command, data: command.data.map((slice) => copyOf(slice)) };
}

function tableOfTypes(): (NbdCommandType | undefined)[] {
  const types: (NbdCommandType | undefined)[] = [];
  types[NBD_CMD_READ] = "read";
  types[NBD_CMD_WRITE] = "write";
  types[NBD_CMD_DISC] = "disconnect";
  types[NBD_CMD_FLUSH] = "flush";
  types[NBD_CMD_TRIM] = "trim";
  types[NBD_CMD_CACHE] = "cache";
  types[NBD_CMD_WRITE_ZEROES] = "writeZeroes";
  types[NBD_CMD_BLOCK_STATUS] = "blockStatus";
  return types;
}

/** Bytes that are read or written on behalf of the command. */
export function payloadBytesOf({ type, lenBytes }: NbdCommand): number {
  return type === "read" || type === "write" ? lenBytes : 0;
}
