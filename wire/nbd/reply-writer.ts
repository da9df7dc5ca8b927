// How a server's replies look, once the style is agreed on: what a session writes to its output for each outcome.
//
// Follows: NetworkBlockDevice doc/proto.md, sections Simple reply message and Structured reply chunk message.

import type { NbdCommand } from "./command.ts";
import type { NbdCookie } from "./cookie.ts";
import type { NbdReplyStyle } from "./export.ts";
import type { NbdExtent } from "./frame.ts";
import {
  blockStatusBytes,
  NBD_ERROR_CHUNK_BYTES,
  NBD_OFFSET_DATA_BYTES,
  NBD_SIMPLE_REPLY_BYTES,
  writeBlockStatus,
  writeErrorChunk,
  writeOffsetData,
  writeSimpleReply,
} from "./frame.ts";
import { NBD_ALLOCATION_ID } from "./meta-context.ts";
import type { NbdOutput } from "./output.ts";

/** A READ that succeeded: one data chunk, or a simple reply and the data behind it. */
export function replyRead(
  output: NbdOutput,
  command: NbdCommand,
  answer: { readonly style: NbdReplyStyle; readonly data: readonly Uint8Array[] },
): void {
  if (answer.style === "structured") {
    const atBytes = output.reserve(NBD_OFFSET_DATA_BYTES);
    writeOffsetData(output.view, atBytes, command);
  } else writeSimple(output, command, 0);
  output.append(answer.data);
}

/** An error, or success without data. A structured session's errors are chunks: for a READ they must be, else they should. */
export function replyStatus(
  output: NbdOutput,
  cookie: NbdCookie,
  answer: { readonly style: NbdReplyStyle; readonly errno: number },
): void {
  const { style, errno } = answer;
  if (errno === 0 || style === "simple") writeSimple(output, cookie, errno);
  else {
    const { cookieHi, cookieLo } = cookie;
    const atBytes = output.reserve(NBD_ERROR_CHUNK_BYTES);
    writeErrorChunk(output.view, atBytes, { errno, cookieHi, cookieLo });
  }
}

/** What base:allocation says. */
export function replyBlockStatus(
  output: NbdOutput,
  { cookieHi, cookieLo }: NbdCookie,
  extents: readonly NbdExtent[],
): void {
  const atBytes = output.reserve(blockStatusBytes(extents.length));
  const status = { cookieHi, cookieLo, contextId: NBD_ALLOCATION_ID, extents };
  writeBlockStatus(output.view, atBytes, status);
}

function writeSimple(output: NbdOutput, cookie: NbdCookie, errno: number): void {
  const { cookieHi, cookieLo } = cookie;
  const atBytes = output.reserve(NBD_SIMPLE_REPLY_BYTES);
  writeSimpleReply(output.view, atBytes, { errno, cookieHi, cookieLo });
}
