// A hundred thousand conversations that mean no good, against the pure session with a real store behind it. Whatever comes
// out of the session as a command must be lawful, whatever it says must be NBD, and it must hold no more than it was given.
//
// Taken out one at a time, each of these checks of wire/nbd/ is missed here within 4,000 of them: the end of the export, the
// length of 0, the payload of a READ and the flags in export.ts; the length of a string in meta-context.ts; the length of a
// name and of the whole in `decodeInfoRequest`.

import { expect, test } from "vitest";
import { Random } from "#base/random.ts";
import { lenBytesOf, viewOf } from "#wire/bytes.ts";
import type { NbdCommand } from "#wire/nbd/command.ts";
import * as nbd from "#wire/nbd/constants.ts";
import { NbdServerSession } from "#wire/nbd/server-session.ts";
import { MemoryStore } from "../../../nodes/swapd/memory-store.ts";
import { HOSTILE_EXPORT_BYTES, hostileStream } from "../hostile.ts";
import { anExport, cut, join } from "../support.ts";

const STREAMS = 100_000;
const MAX_PAYLOAD_BYTES = 65_536;

const nbdExport = anExport({
  sizeBytes: HOSTILE_EXPORT_BYTES,
  maxPayloadBytes: MAX_PAYLOAD_BYTES,
  knowsAllocation: true,
});

const ERRNOS = new Set([1, 5, 12, 22, 28, 75, 95, 108]);
const FLAGS: Readonly<Record<NbdCommand["type"], number>> = {
  read: nbd.NBD_CMD_FLAG_FUA | nbd.NBD_CMD_FLAG_DF,
  write: nbd.NBD_CMD_FLAG_FUA,
  flush: nbd.NBD_CMD_FLAG_FUA,
  trim: nbd.NBD_CMD_FLAG_FUA,
  cache: nbd.NBD_CMD_FLAG_FUA,
  writeZeroes: nbd.NBD_CMD_FLAG_FUA | nbd.NBD_CMD_FLAG_NO_HOLE,
  blockStatus: nbd.NBD_CMD_FLAG_FUA | nbd.NBD_CMD_FLAG_REQ_ONE,
  disconnect: 0xffff,
};

/** What the specification says of a command that may be carried out; told apart from the code that checks it. */
function faultOf(command: NbdCommand): string | null {
  const { type, offsetBytes, lenBytes, flags } = command;
  if ((flags & ~FLAGS[type]) !== 0) return "flags that do not apply";
  if (type === "disconnect") return null;
  if (type === "flush") return offsetBytes === 0 && lenBytes === 0 ? null : "a flush of a range";
  return faultOfRange(command) ?? faultOfPayload(command);
}

function faultOfRange({ offsetBytes, lenBytes }: NbdCommand): string | null {
  if (lenBytes < 1) return "nothing asked for";
  const isInside = offsetBytes >= 0 && offsetBytes <= HOSTILE_EXPORT_BYTES - lenBytes;
  return isInside ? null : "beyond the end";
}

function faultOfPayload({ type, lenBytes, data }: NbdCommand): string | null {
  const carries = type === "read" || type === "write";
  if (carries && lenBytes > MAX_PAYLOAD_BYTES) return "more than a payload";
  const isWhole = lenBytesOf(data) === (type === "write" ? lenBytes : 0);
  return isWhole ? null : "data of another length";
}

/** The lengths of what a server may say without being asked by a command, at `atBytes`; null: that is not NBD. */
function saidBytes(view: DataView, atBytes: number): number | null {
  const left = view.byteLength - atBytes;
  if (left >= 20 && view.getBigUint64(atBytes) === nbd.NBD_REP_MAGIC)
    return 20 + view.getUint32(atBytes + 16);
  if (left < 16) return null;
  const magic = view.getUint32(atBytes);
  if (magic === nbd.NBD_SIMPLE_REPLY_MAGIC)
    return ERRNOS.has(view.getUint32(atBytes + 4)) ? 16 : null;
  const isChunk = magic === nbd.NBD_STRUCTURED_REPLY_MAGIC && left >= 26;
  return isChunk && ERRNOS.has(view.getUint32(atBytes + 20)) ? 26 : null;
}

/** What is wrong with what was said; null: nothing. */
function badAnswer(bytes: Uint8Array): string | null {
  const view = viewOf(bytes);
  for (let atBytes = 0; atBytes < bytes.length; ) {
    const lenBytes = saidBytes(view, atBytes);
    if (lenBytes === null || atBytes + lenBytes > bytes.length) return `no reply at ${atBytes}`;
    atBytes += lenBytes;
  }
  return null;
}

function answer(server: NbdServerSession, store: MemoryStore, command: NbdCommand): void {
  const { type, offsetBytes, lenBytes } = command;
  if (type === "disconnect") return;
  if (type === "write") store.write(offsetBytes, command.data);
  if (type === "writeZeroes" || type === "trim") store.zero(offsetBytes, lenBytes);
  if (type === "blockStatus")
    server.replyExtents(command, store.extents({ offsetBytes, lenBytes, extentsMax: 1 }));
  else server.reply(command, 0, type === "read" ? store.read(offsetBytes, lenBytes) : []);
}

/** One conversation; notes what came of it, and throws what was wrong. */
function torment(seed: number, store: MemoryStore, outcomes: Set<string>): void {
  const random = new Random(seed);
  const tls = random.chance(1, 4) ? "offered" : "none";
  const server = new NbdServerSession({ exports: [nbdExport], tls });
  server.takeOutput();
  const stream = hostileStream(random);
  const wrongs = cut(stream, random, 1 + random.below(4_000)).flatMap((piece) => [
    heard(server, piece),
    ...carriedOut(server, store, outcomes),
  ]);
  if (server.heldBytes > (server.ended === null ? stream.length : 0)) wrongs.push("it hoards");
  const wrong = wrongs.find((each) => each !== null);
  if (wrong !== undefined) throw new Error(`seed ${seed}: ${wrong}`);
  const isHaggling = server.chosen === null;
  const state = isHaggling ? (server.awaitsTls ? "tls" : "haggling") : "serving";
  outcomes.add(server.ended ?? state);
}

/** Give it a piece; what is wrong with what it says at once, or null. */
function heard(server: NbdServerSession, piece: Uint8Array): string | null {
  const wasChosen = server.chosen !== null;
  server.receive(piece);
  const said = join(server.takeOutput());
  // EXPORT_NAME is answered without a magic: that one answer is looked at elsewhere.
  return wasChosen || server.chosen === null ? badAnswer(said) : null;
}

/** Carry out what it asks for; what is wrong with that. */
function carriedOut(
  server: NbdServerSession,
  store: MemoryStore,
  outcomes: Set<string>,
): readonly string[] {
  for (let commands = server.takeCommands(); commands.length > 0; ) {
    for (const command of commands) {
      const fault = faultOf(command);
      if (fault !== null) return [`${command.type}: ${fault}`];
      answer(server, store, command);
      outcomes.add(command.type);
    }
    commands = server.takeCommands();
  }
  server.takeOutput();
  return [];
}

test(`${STREAMS} hostile conversations bring forth nothing unlawful`, () => {
  const store = new MemoryStore(HOSTILE_EXPORT_BYTES);
  const outcomes = new Set<string>();
  for (let seed = 0; seed < STREAMS; seed++) torment(seed, store, outcomes);
  // The fuzz reaches everything it should.
  const reached = new Set([
    ...["read", "write", "flush", "trim", "cache", "writeZeroes", "blockStatus", "disconnect"],
    ...["haggling", "serving", "tls", "disconnected", "aborted", "unknown-client-flags"],
    ...["not-fixed-newstyle", "bad-option-magic", "unknown-export", "bad-request-magic"],
    ...["oversized-write", "bytes-before-tls"],
  ]);
  expect(outcomes).toEqual(reached);
});
