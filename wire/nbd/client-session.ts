// The client's side of one NBD connection: the handshake that gets an export, and the replies after it.
//
// It asks with GO and falls back to EXPORT_NAME, as nbd-client does before it hands its socket to the kernel. From
// then on whoever sends requests encodes them (frame.ts) and reads `replies` step by step, or takes whole replies
// here. Unlike nbd-client it asks for block sizes, which binds it to them. Follows: NetworkBlockDevice doc/proto.md, sections Newstyle negotiation and Option types; nbd-client.c.
//
// Not modelled: oldstyle servers, TLS, structured replies (the kernel client has none).

import { assert } from "#base/assert.ts";
import { ByteQueue, encodeUtf8, viewOf } from "../bytes.ts";
import {
  NBD_CMD_DISC,
  NBD_FLAG_FIXED_NEWSTYLE,
  NBD_FLAG_NO_ZEROES,
  NBD_INFO_BLOCK_SIZE,
  NBD_INFO_EXPORT,
  NBD_INIT_MAGIC,
  NBD_MAX_PAYLOAD_BYTES_DEFAULT,
  NBD_MIN_BLOCK_BYTES_DEFAULT,
  NBD_OPT_ABORT,
  NBD_OPT_EXPORT_NAME,
  NBD_OPT_GO,
  NBD_OPTS_MAGIC,
  NBD_PREFERRED_BLOCK_BYTES_DEFAULT,
  NBD_REP_ACK,
  NBD_REP_ERR_FIRST,
  NBD_REP_ERR_UNSUP,
  NBD_REP_INFO,
  NBD_REP_MAGIC,
  NBD_STRING_BYTES_MAX,
} from "./constants.ts";
import type { NbdReplyHeader } from "./frame.ts";
import { encodeRequest } from "./frame.ts";
import {
  encodeClientFlags,
  encodeInfoRequest,
  encodeOption,
  NBD_EXPORT_NAME_REPLY_BYTES,
  NBD_GREETING_BYTES,
  NBD_INFO_BLOCK_SIZE_BYTES,
  NBD_INFO_EXPORT_BYTES,
  NBD_OPTION_REPLY_HEADER_BYTES,
  NBD_RESERVED_ZEROES_BYTES,
} from "./haggling.ts";
import type { NbdReplyReaderState } from "./reply-reader.ts";
import { NbdReplyReader } from "./reply-reader.ts";

/** Longest option reply we hold: an information item with a string, or an error's message. */
const OPTION_REPLY_BYTES_MAX = 2 + NBD_STRING_BYTES_MAX;

/** More answers to one question than there are questions to ask. */
const OPTION_REPLIES_MAX = 64;

/** Bytes that may wait to be read: one payload of the largest kind, and what a host reads at once. */
const UNREAD_BYTES_MAX = 2 * NBD_MAX_PAYLOAD_BYTES_DEFAULT;

const SIZE_BYTES_MAX = BigInt(Number.MAX_SAFE_INTEGER);
const REP_MAGIC_HI = Number(NBD_REP_MAGIC >> 32n);
const REP_MAGIC_LO = Number(NBD_REP_MAGIC & 0xffff_ffffn);
const NO_BYTES = new Uint8Array(0);

/** Why a session ended. */
export type NbdClientEnd =
  | "bad-greeting"
  | "bad-option-reply"
  | "no-export-size"
  | "oversized-export"
  | "refused"
  | "bad-reply-magic"
  | "unexpected-reply"
  | "overrun"
  | "disconnected";

/** A reply with all its data. */
export interface NbdReply extends NbdReplyHeader {
  readonly data: readonly Uint8Array[];
}

/** What every server says of an export. */
interface NbdExportSize {
  readonly sizeBytes: number;
  /** NBD_FLAG_ bits. */
  readonly transmissionFlags: number;
}

/** Which requests the server wants; the specification's defaults unless it sent others. */
export interface NbdBlockSizes {
  readonly minBlockBytes: number;
  readonly preferredBlockBytes: number;
  readonly maxPayloadBytes: number;
}

type Phase = "greeting" | "go" | "export-name" | "ready";

/** Plain state of an NbdClientSession. */
export interface NbdClientSessionState {
  /** With the bytes held, also those of the handshake. */
  readonly replies: NbdReplyReaderState;
  readonly reply: NbdReplyHeader | null;
  readonly output: readonly Uint8Array[];
  readonly phase: Phase;
  readonly handshakeFlags: number;
  readonly size: NbdExportSize | null;
  readonly blockSizes: NbdBlockSizes;
  readonly optionRepliesLeft: number;
  readonly refusal: number | null;
  readonly ended: NbdClientEnd | null;
}

export class NbdClientSession {
  readonly #name: Uint8Array;
  readonly #queue = new ByteQueue();
  /** Reads from `#queue` once the handshake is over. */
  readonly #replies = new NbdReplyReader(this.#queue);
  /** A header whose data is not all there. */
  #reply: NbdReplyHeader | null = null;
  #output: Uint8Array[] = [];
  #phase: Phase = "greeting";
  #handshakeFlags = 0;
  #size: NbdExportSize | null = null;
  #blockSizes: NbdBlockSizes = {
    minBlockBytes: NBD_MIN_BLOCK_BYTES_DEFAULT,
    preferredBlockBytes: NBD_PREFERRED_BLOCK_BYTES_DEFAULT,
    maxPayloadBytes: NBD_MAX_PAYLOAD_BYTES_DEFAULT,
  };
  #optionRepliesLeft = OPTION_REPLIES_MAX;
  #refusal: number | null = null;
  #ended: NbdClientEnd | null = null;

  /** A client that wants the export of this name; "" is the default export. */
  constructor(exportName: string) {
    this.#name = encodeUtf8(exportName);
    assert(this.#name.length <= NBD_STRING_BYTES_MAX, "an export name has at most 4096 bytes");
  }

  /** Where the session stands. */
  get state(): "handshake" | "ready" | "ended" {
    if (this.ended !== null) return "ended";
    return this.#phase === "ready" ? "ready" : "handshake";
  }

  /** Why the session is over, or null. Send what `takeOutput` still has, then close the connection. */
  get ended(): NbdClientEnd | null {
    return this.#ended ?? this.#replies.ended;
  }

  /** The NBD_REP_ERR_ type with which the server refused the export, or null. */
  get refusal(): number | null {
    return this.#refusal;
  }

  /** Size of the export in bytes; 0 until ready. */
  get exportSizeBytes(): number {
    return this.#size?.sizeBytes ?? 0;
  }

  /** NBD_FLAG_ bits of the export; 0 until ready. */
  get transmissionFlags(): number {
    return this.#size?.transmissionFlags ?? 0;
  }

  /** What requests must keep to once ready. */
  get blockSizes(): NbdBlockSizes {
    return this.#blockSizes;
  }

  /** The replies, for who reads them step by step. Use this or `takeReplies`, not both. */
  get replies(): NbdReplyReader {
    return this.#replies;
  }

  /** Take in bytes, cut anywhere. They are kept, not copied. */
  receive(bytes: Uint8Array): void {
    if (this.ended !== null) return;
    this.#queue.push(bytes);
    while (this.#ended === null && this.#phase !== "ready" && this.#stepHandshake());
    if (this.#queue.lenBytes > UNREAD_BYTES_MAX) this.#end("overrun");
  }

  /** Bytes to send since the last call, in order. */
  takeOutput(): Uint8Array[] {
    const output = this.#output;
    this.#output = [];
    return output;
  }

  /** Whole replies since the last call. `payloadBytesOf` answers how many bytes follow a header: the length of a READ
   * that succeeded, 0 for all else, null for a cookie nobody waits for, which ends the session as in the kernel. */
  takeReplies(payloadBytesOf: (header: NbdReplyHeader) => number | null): readonly NbdReply[] {
    const replies: NbdReply[] = [];
    while (this.state === "ready") {
      this.#reply ??= this.#nextReply(payloadBytesOf);
      if (this.#reply === null) break;
      const data = this.#replies.takePayload(this.#replies.payloadBytes);
      if (data === null) break;
      replies.push({ ...this.#reply, data });
      this.#reply = null;
    }
    return replies;
  }

  /** Say goodbye: DISC in transmission, ABORT before. The session is over. */
  disconnect(): void {
    if (this.ended !== null) return;
    if (this.#phase === "ready") this.#output.push(encodeDisconnect());
    else if (this.#phase === "go") this.#output.push(encodeOption(NBD_OPT_ABORT, NO_BYTES));
    this.#end("disconnected");
  }

  /** Plain state. */
  save(): NbdClientSessionState {
    return {
      replies: this.#replies.save(),
      reply: this.#reply,
      output: this.#output.map((slice) => slice.slice()),
      phase: this.#phase,
      handshakeFlags: this.#handshakeFlags,
      size: this.#size,
      blockSizes: this.#blockSizes,
      optionRepliesLeft: this.#optionRepliesLeft,
      refusal: this.#refusal,
      ended: this.#ended,
    };
  }

  /** Continue from `state`, which a session for the same export saved. */
  load(state: NbdClientSessionState): void {
    this.#replies.load(state.replies);
    this.#reply = state.reply;
    this.#output = state.output.map((slice) => slice.slice());
    this.#phase = state.phase;
    this.#handshakeFlags = state.handshakeFlags;
    this.#size = state.size;
    this.#blockSizes = state.blockSizes;
    this.#optionRepliesLeft = state.optionRepliesLeft;
    this.#refusal = state.refusal;
    this.#ended = state.ended;
  }

  #nextReply(payloadBytesOf: (header: NbdReplyHeader) => number | null): NbdReplyHeader | null {
    const header = this.#replies.nextHeader();
    if (header === null) return null;
    const payloadBytes = payloadBytesOf(header);
    if (payloadBytes === null) {
      this.#end("unexpected-reply");
      return null;
    }
    this.#replies.expectPayload(payloadBytes);
    return header;
  }

  /** True when a message was taken in and another may be there. */
  #stepHandshake(): boolean {
    switch (this.#phase) {
      case "greeting":
        return this.#stepGreeting();
      case "go":
        return this.#stepOptionReply();
      case "export-name":
        return this.#stepExportName();
      case "ready":
        return false;
    }
  }

  #stepGreeting(): boolean {
    if (!this.#queue.gather(NBD_GREETING_BYTES)) return false;
    const view = viewOf(this.#queue.take(NBD_GREETING_BYTES));
    const isNewstyle =
      view.getBigUint64(0) === NBD_INIT_MAGIC && view.getBigUint64(8) === NBD_OPTS_MAGIC;
    if (!isNewstyle) return this.#end("bad-greeting");
    const wantedFlags = NBD_FLAG_FIXED_NEWSTYLE | NBD_FLAG_NO_ZEROES;
    this.#handshakeFlags = view.getUint16(16) & wantedFlags;
    this.#output.push(encodeClientFlags(this.#handshakeFlags));
    if ((this.#handshakeFlags & NBD_FLAG_FIXED_NEWSTYLE) === 0) this.#askExportName();
    else this.#askGo();
    return true;
  }

  #askGo(): void {
    const body = encodeInfoRequest({ name: this.#name, infoTypes: [NBD_INFO_BLOCK_SIZE] });
    this.#output.push(encodeOption(NBD_OPT_GO, body));
    this.#phase = "go";
  }

  #askExportName(): void {
    this.#output.push(encodeOption(NBD_OPT_EXPORT_NAME, this.#name));
    this.#phase = "export-name";
  }

  #stepOptionReply(): boolean {
    const queue = this.#queue;
    if (!queue.gather(NBD_OPTION_REPLY_HEADER_BYTES)) return false;
    const isMagic = queue.u32At(0) === REP_MAGIC_HI && queue.u32At(4) === REP_MAGIC_LO;
    const lenBytes = queue.u32At(16);
    const isOurs = isMagic && queue.u32At(8) === NBD_OPT_GO;
    if (!isOurs || lenBytes > OPTION_REPLY_BYTES_MAX) return this.#end("bad-option-reply");
    if (queue.lenBytes < NBD_OPTION_REPLY_HEADER_BYTES + lenBytes) return false;
    const type = queue.u32At(12);
    queue.skip(NBD_OPTION_REPLY_HEADER_BYTES);
    return this.#takeOptionReply(type, queue.take(lenBytes));
  }

  #takeOptionReply(type: number, body: Uint8Array): boolean {
    if (type === NBD_REP_INFO && this.#optionRepliesLeft > 0) return this.#takeInfo(body);
    if (type === NBD_REP_ACK)
      return this.#size === null ? this.#end("no-export-size") : this.#enter();
    if (type === NBD_REP_ERR_UNSUP) {
      this.#askExportName();
      return true;
    }
    if (type < NBD_REP_ERR_FIRST) return this.#end("bad-option-reply");
    this.#refusal = type;
    this.#output.push(encodeOption(NBD_OPT_ABORT, NO_BYTES));
    return this.#end("refused");
  }

  /** Information we did not ask for and do not know is to be ignored. */
  #takeInfo(body: Uint8Array): boolean {
    this.#optionRepliesLeft--;
    if (body.length < 2) return this.#end("bad-option-reply");
    const view = viewOf(body);
    const type = view.getUint16(0);
    if (type === NBD_INFO_EXPORT) return this.#takeInfoExport(view);
    return type === NBD_INFO_BLOCK_SIZE ? this.#takeInfoBlockSize(view) : true;
  }

  #takeInfoExport(view: DataView): boolean {
    if (view.byteLength !== NBD_INFO_EXPORT_BYTES) return this.#end("bad-option-reply");
    return this.#takeSize(view.getBigUint64(2), view.getUint16(10));
  }

  #takeInfoBlockSize(view: DataView): boolean {
    if (view.byteLength !== NBD_INFO_BLOCK_SIZE_BYTES) return this.#end("bad-option-reply");
    const minBlockBytes = view.getUint32(2);
    const preferredBlockBytes = view.getUint32(6);
    const maxPayloadBytes = view.getUint32(10);
    const isOrdered = minBlockBytes > 0 && minBlockBytes <= preferredBlockBytes;
    if (!isOrdered || preferredBlockBytes > maxPayloadBytes) return this.#end("bad-option-reply");
    this.#blockSizes = { minBlockBytes, preferredBlockBytes, maxPayloadBytes };
    return true;
  }

  #stepExportName(): boolean {
    const hasZeroes = (this.#handshakeFlags & NBD_FLAG_NO_ZEROES) === 0;
    const lenBytes = NBD_EXPORT_NAME_REPLY_BYTES + (hasZeroes ? NBD_RESERVED_ZEROES_BYTES : 0);
    if (!this.#queue.gather(lenBytes)) return false;
    const view = viewOf(this.#queue.take(lenBytes));
    return this.#takeSize(view.getBigUint64(0), view.getUint16(8)) && this.#enter();
  }

  #takeSize(sizeBytes: bigint, transmissionFlags: number): boolean {
    if (sizeBytes > SIZE_BYTES_MAX) return this.#end("oversized-export");
    this.#size = { sizeBytes: Number(sizeBytes), transmissionFlags };
    return true;
  }

  #enter(): boolean {
    this.#phase = "ready";
    return false;
  }

  /** Answers false: nothing more is taken in. */
  #end(reason: NbdClientEnd): boolean {
    this.#ended ??= reason;
    this.#queue.clear();
    return false;
  }
}

/** The request that says goodbye: a header of zeroes, 28 bytes, no reply. */
export function encodeDisconnect(): Uint8Array {
  const type = NBD_CMD_DISC;
  return encodeRequest({ type, flags: 0, cookieHi: 0, cookieLo: 0, offsetBytes: 0, lenBytes: 0 });
}
