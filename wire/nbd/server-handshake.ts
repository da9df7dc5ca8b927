// The server's half of an NBD handshake: greeting, client flags, options, until an export is chosen or the end.
//
// Follows: NetworkBlockDevice doc/proto.md, sections Fixed newstyle negotiation and Option types.
// It reads from the session's queue and writes to the session's output; it holds at most one option.
// TLS itself is the host's: after ACK to STARTTLS the session waits until it is told that the channel is secure, and
// forgets what was agreed in the clear (section Transport Layer Security, modes NOTLS, SELECTIVETLS and FORCEDTLS).
//
// Not modelled: extended headers (answered UNSUP, which clients must understand); TLS for some exports only.

import type { ByteQueue } from "../bytes.ts";
import { encodeUtf8, equalBytes } from "../bytes.ts";
import {
  NBD_FLAG_FIXED_NEWSTYLE,
  NBD_FLAG_NO_ZEROES,
  NBD_INFO_BLOCK_SIZE,
  NBD_INFO_EXPORT,
  NBD_INFO_NAME,
  NBD_OPT_ABORT,
  NBD_OPT_EXPORT_NAME,
  NBD_OPT_GO,
  NBD_OPT_INFO,
  NBD_OPT_LIST,
  NBD_OPT_LIST_META_CONTEXT,
  NBD_OPT_SET_META_CONTEXT,
  NBD_OPT_STARTTLS,
  NBD_OPT_STRUCTURED_REPLY,
  NBD_OPTS_MAGIC,
  NBD_REP_ACK,
  NBD_REP_ERR_INVALID,
  NBD_REP_ERR_TLS_REQD,
  NBD_REP_ERR_TOO_BIG,
  NBD_REP_ERR_UNKNOWN,
  NBD_REP_ERR_UNSUP,
  NBD_REP_INFO,
  NBD_REP_META_CONTEXT,
  NBD_REP_SERVER,
} from "./constants.ts";
import type { NbdExport, NbdReplyStyle, NbdTerms } from "./export.ts";
import { transmissionFlagsOf } from "./export.ts";
import { writeU64 } from "./frame.ts";
import type { NbdOptionReplyHeader } from "./haggling.ts";
import {
  decodeInfoRequest,
  encodeExportNameReply,
  encodeGreeting,
  NBD_CLIENT_FLAGS_BYTES,
  NBD_INFO_BLOCK_SIZE_BYTES,
  NBD_INFO_EXPORT_BYTES,
  NBD_OPTION_HEADER_BYTES,
  NBD_OPTION_REPLY_HEADER_BYTES,
  writeOptionReply,
} from "./haggling.ts";
import {
  asksAllocation,
  decodeMetaContextRequest,
  NBD_ALLOCATION_ID,
  NBD_ALLOCATION_NAME,
} from "./meta-context.ts";
import type { NbdOutput } from "./output.ts";

/** Longest option we hold: a name of 4096 bytes and any sensible list. Longer ones are skipped, not stored. */
const OPTION_BYTES_MAX = 8192;

/** A client that haggles longer is not serious; nbdkit gives up after as many (protocol-handshake-newstyle.c). */
const OPTIONS_MAX = 32;

const SERVER_FLAGS = NBD_FLAG_FIXED_NEWSTYLE | NBD_FLAG_NO_ZEROES;
const OPTS_MAGIC_HI = Number(NBD_OPTS_MAGIC >> 32n);
const OPTS_MAGIC_LO = Number(NBD_OPTS_MAGIC & 0xffff_ffffn);

/** Why a handshake led nowhere. */
export type NbdHandshakeEnd =
  | "aborted"
  | "unknown-client-flags"
  | "not-fixed-newstyle"
  | "bad-option-magic"
  | "too-many-options"
  | "unknown-export"
  | "tls-required"
  | "bytes-before-tls";

/** Whether the host can speak TLS, and whether it insists. */
export type NbdTls = "none" | "offered" | "required";

/** Where a handshake stands after a step. */
export type NbdHandshakeStep =
  | { readonly type: "hungry" }
  | { readonly type: "stepped" }
  | { readonly type: "chosen"; readonly exportIndex: number }
  | { readonly type: "starttls" }
  | { readonly type: "ended"; readonly reason: NbdHandshakeEnd };

/** Plain state of an NbdServerHandshake. */
export interface NbdServerHandshakeState {
  readonly clientFlags: number | null;
  readonly style: NbdReplyStyle;
  readonly optionsLeft: number;
  readonly option: PendingOption | null;
  readonly isSecure: boolean;
  readonly allocationOf: number | null;
}

/** An option whose header is read; `lenBytes` of its data are still to come or to be skipped. */
interface PendingOption {
  readonly option: number;
  readonly lenBytes: number;
  readonly fate: "read" | "skip";
}

const HUNGRY: NbdHandshakeStep = { type: "hungry" };
const STEPPED: NbdHandshakeStep = { type: "stepped" };

export class NbdServerHandshake {
  readonly #exports: readonly NbdExport[];
  readonly #names: readonly Uint8Array[];
  readonly #queue: ByteQueue;
  readonly #output: NbdOutput;
  /** Null until they came. */
  #clientFlags: number | null = null;
  #style: NbdReplyStyle = "simple";
  #optionsLeft = OPTIONS_MAX;
  /** The option whose data is awaited. */
  #option: PendingOption | null = null;
  readonly #tls: NbdTls;
  #isSecure = false;
  /** Index of the export for which base:allocation was selected last. */
  #allocationOf: number | null = null;

  constructor(
    spec: { readonly exports: readonly NbdExport[]; readonly tls: NbdTls },
    queue: ByteQueue,
    output: NbdOutput,
  ) {
    this.#exports = spec.exports;
    this.#tls = spec.tls;
    this.#names = spec.exports.map((nbdExport) => encodeUtf8(nbdExport.name));
    this.#queue = queue;
    this.#output = output;
  }

  /** What was agreed on for the export of this index. */
  termsOf(exportIndex: number): NbdTerms {
    return { style: this.#style, allocation: this.#allocationOf === exportIndex };
  }

  /** The channel is encrypted from now on: haggling begins anew. What was agreed before anybody could have changed. */
  secured(): void {
    this.#isSecure = true;
    this.#style = "simple";
    this.#allocationOf = null;
  }

  /** Say hello. Once, on accept. */
  greet(): void {
    this.#output.write(encodeGreeting(SERVER_FLAGS));
  }

  /** Take in one message if it is there whole. */
  step(): NbdHandshakeStep {
    if (this.#clientFlags === null) return this.#stepClientFlags();
    if (this.#option === null) return this.#stepOptionHeader(this.#clientFlags);
    return this.#stepOption(this.#option, this.#clientFlags);
  }

  /** Plain state; the bytes are the session's to save. */
  save(): NbdServerHandshakeState {
    return {
      clientFlags: this.#clientFlags,
      style: this.#style,
      optionsLeft: this.#optionsLeft,
      option: this.#option,
      isSecure: this.#isSecure,
      allocationOf: this.#allocationOf,
    };
  }

  /** Continue from `state`. */
  load(state: NbdServerHandshakeState): void {
    this.#clientFlags = state.clientFlags;
    this.#style = state.style;
    this.#optionsLeft = state.optionsLeft;
    this.#option = state.option;
    this.#isSecure = state.isSecure;
    this.#allocationOf = state.allocationOf;
  }

  #stepClientFlags(): NbdHandshakeStep {
    if (!this.#queue.gather(NBD_CLIENT_FLAGS_BYTES)) return HUNGRY;
    this.#clientFlags = this.#queue.u32At(0);
    this.#queue.skip(NBD_CLIENT_FLAGS_BYTES);
    const isKnown = (this.#clientFlags & ~SERVER_FLAGS) === 0;
    return isKnown ? STEPPED : { type: "ended", reason: "unknown-client-flags" };
  }

  #stepOptionHeader(clientFlags: number): NbdHandshakeStep {
    const queue = this.#queue;
    if (!queue.gather(NBD_OPTION_HEADER_BYTES)) return HUNGRY;
    const hasMagic = queue.u32At(0) === OPTS_MAGIC_HI && queue.u32At(4) === OPTS_MAGIC_LO;
    if (!hasMagic) return { type: "ended", reason: "bad-option-magic" };
    if (this.#optionsLeft === 0) return { type: "ended", reason: "too-many-options" };
    this.#optionsLeft--;
    const lenBytes = queue.u32At(12);
    const fate = lenBytes > OPTION_BYTES_MAX ? "skip" : "read";
    const option: PendingOption = { option: queue.u32At(8), lenBytes, fate };
    queue.skip(NBD_OPTION_HEADER_BYTES);
    if (option.option !== NBD_OPT_EXPORT_NAME && (clientFlags & NBD_FLAG_FIXED_NEWSTYLE) === 0) {
      return { type: "ended", reason: "not-fixed-newstyle" };
    }
    this.#option = option;
    return STEPPED;
  }

  #stepOption(option: PendingOption, clientFlags: number): NbdHandshakeStep {
    if (option.fate === "skip") return this.#skipOption(option);
    if (this.#queue.lenBytes < option.lenBytes) return HUNGRY;
    this.#option = null;
    return this.#answer(option.option, this.#queue.take(option.lenBytes), clientFlags);
  }

  /** Too long to be held: thrown away as it comes, answered when it has passed. */
  #skipOption(option: PendingOption): NbdHandshakeStep {
    if (option.option === NBD_OPT_EXPORT_NAME) return { type: "ended", reason: "unknown-export" };
    const skippedBytes = Math.min(this.#queue.lenBytes, option.lenBytes);
    this.#queue.skip(skippedBytes);
    const lenBytes = option.lenBytes - skippedBytes;
    this.#option = lenBytes === 0 ? null : { ...option, lenBytes };
    return lenBytes === 0 ? this.#conclude(option.option, NBD_REP_ERR_TOO_BIG) : HUNGRY;
  }

  #answer(option: number, body: Uint8Array, clientFlags: number): NbdHandshakeStep {
    if (this.#tls === "required" && !this.#isSecure) {
      if (option === NBD_OPT_EXPORT_NAME) return { type: "ended", reason: "tls-required" };
      const isAllowed = option === NBD_OPT_STARTTLS || option === NBD_OPT_ABORT;
      if (!isAllowed) return this.#conclude(option, NBD_REP_ERR_TLS_REQD);
    }
    switch (option) {
      case NBD_OPT_EXPORT_NAME:
        return this.#answerExportName(body, clientFlags);
      case NBD_OPT_ABORT:
        this.#conclude(option, NBD_REP_ACK);
        return { type: "ended", reason: "aborted" };
      case NBD_OPT_LIST:
        return this.#answerList(body);
      case NBD_OPT_INFO:
      case NBD_OPT_GO:
        return this.#answerInfo(option, body);
      case NBD_OPT_STRUCTURED_REPLY:
        return this.#answerStructuredReply(body);
      case NBD_OPT_STARTTLS:
        return this.#answerStartTls(body);
      case NBD_OPT_LIST_META_CONTEXT:
      case NBD_OPT_SET_META_CONTEXT:
        return this.#answerMetaContext(option, body);
      // A number from the wire: whatever we do not know, or know and do not offer.
      default:
        return this.#conclude(option, NBD_REP_ERR_UNSUP);
    }
  }

  #answerExportName(name: Uint8Array, clientFlags: number): NbdHandshakeStep {
    const exportIndex = this.#exportNamed(name);
    const chosen = this.#exports[exportIndex];
    if (chosen === undefined) return { type: "ended", reason: "unknown-export" };
    const zeroes = (clientFlags & NBD_FLAG_NO_ZEROES) === 0 ? "sent" : "left-out";
    const flags = transmissionFlagsOf(chosen, this.#style);
    this.#output.write(encodeExportNameReply({ sizeBytes: chosen.sizeBytes, flags, zeroes }));
    return { type: "chosen", exportIndex };
  }

  #answerList(body: Uint8Array): NbdHandshakeStep {
    if (body.length > 0) return this.#conclude(NBD_OPT_LIST, NBD_REP_ERR_INVALID);
    for (const name of this.#names) {
      const reply = { option: NBD_OPT_LIST, type: NBD_REP_SERVER, lenBytes: 4 + name.length };
      const atBytes = this.#reply(reply, 4);
      this.#output.view.setUint32(atBytes, name.length);
      this.#output.write(name);
    }
    return this.#conclude(NBD_OPT_LIST, NBD_REP_ACK);
  }

  #answerStructuredReply(body: Uint8Array): NbdHandshakeStep {
    const isValid = body.length === 0 && this.#style === "simple";
    if (isValid) this.#style = "structured";
    return this.#conclude(NBD_OPT_STRUCTURED_REPLY, isValid ? NBD_REP_ACK : NBD_REP_ERR_INVALID);
  }

  #answerStartTls(body: Uint8Array): NbdHandshakeStep {
    if (this.#tls === "none") return this.#conclude(NBD_OPT_STARTTLS, NBD_REP_ERR_UNSUP);
    const isValid = body.length === 0 && !this.#isSecure;
    this.#conclude(NBD_OPT_STARTTLS, isValid ? NBD_REP_ACK : NBD_REP_ERR_INVALID);
    if (!isValid) return STEPPED;
    // A client waits for our ACK. Bytes that came before it could be anybody's, and would be taken for encrypted ones.
    if (this.#queue.lenBytes > 0) return { type: "ended", reason: "bytes-before-tls" };
    return { type: "starttls" };
  }

  /** A selection that fails leaves nothing selected. Without structured replies there is no way to answer BLOCK_STATUS. */
  #answerMetaContext(option: number, body: Uint8Array): NbdHandshakeStep {
    const isSelection = option === NBD_OPT_SET_META_CONTEXT;
    if (isSelection) this.#allocationOf = null;
    const request = decodeMetaContextRequest(body);
    if (request === null || this.#style === "simple")
      return this.#conclude(option, NBD_REP_ERR_INVALID);
    const exportIndex = this.#exportNamed(request.name);
    const named = this.#exports[exportIndex];
    if (named === undefined) return this.#conclude(option, NBD_REP_ERR_UNKNOWN);
    if (named.knowsAllocation === true && asksAllocation(option, request.queries)) {
      this.#writeMetaContext(option);
      if (isSelection) this.#allocationOf = exportIndex;
    }
    return this.#conclude(option, NBD_REP_ACK);
  }

  /** When listing the number says nothing, and is sent as 0. */
  #writeMetaContext(option: number): void {
    const lenBytes = 4 + NBD_ALLOCATION_NAME.length;
    const atBytes = this.#reply({ option, type: NBD_REP_META_CONTEXT, lenBytes }, 4);
    const id = option === NBD_OPT_SET_META_CONTEXT ? NBD_ALLOCATION_ID : 0;
    this.#output.view.setUint32(atBytes, id);
    this.#output.write(NBD_ALLOCATION_NAME);
  }

  #answerInfo(option: number, body: Uint8Array): NbdHandshakeStep {
    const request = decodeInfoRequest(body);
    if (request === null) return this.#conclude(option, NBD_REP_ERR_INVALID);
    const exportIndex = this.#exportNamed(request.name);
    const chosen = this.#exports[exportIndex];
    if (chosen === undefined) return this.#conclude(option, NBD_REP_ERR_UNKNOWN);
    this.#writeInfoExport(option, chosen);
    if (request.infoTypes.includes(NBD_INFO_NAME)) this.#writeInfoName(option, request.name);
    if (request.infoTypes.includes(NBD_INFO_BLOCK_SIZE)) this.#writeInfoBlockSize(option, chosen);
    this.#conclude(option, NBD_REP_ACK);
    return option === NBD_OPT_GO ? { type: "chosen", exportIndex } : STEPPED;
  }

  #writeInfoExport(option: number, chosen: NbdExport): void {
    const reply = { option, type: NBD_REP_INFO, lenBytes: NBD_INFO_EXPORT_BYTES };
    const atBytes = this.#reply(reply, NBD_INFO_EXPORT_BYTES);
    this.#output.view.setUint16(atBytes, NBD_INFO_EXPORT);
    writeU64(this.#output.view, atBytes + 2, chosen.sizeBytes);
    this.#output.view.setUint16(atBytes + 10, transmissionFlagsOf(chosen, this.#style));
  }

  #writeInfoName(option: number, name: Uint8Array): void {
    const atBytes = this.#reply({ option, type: NBD_REP_INFO, lenBytes: 2 + name.length }, 2);
    this.#output.view.setUint16(atBytes, NBD_INFO_NAME);
    this.#output.write(name);
  }

  #writeInfoBlockSize(option: number, chosen: NbdExport): void {
    const reply = { option, type: NBD_REP_INFO, lenBytes: NBD_INFO_BLOCK_SIZE_BYTES };
    const atBytes = this.#reply(reply, NBD_INFO_BLOCK_SIZE_BYTES);
    this.#output.view.setUint16(atBytes, NBD_INFO_BLOCK_SIZE);
    this.#output.view.setUint32(atBytes + 2, chosen.minBlockBytes);
    this.#output.view.setUint32(atBytes + 6, chosen.preferredBlockBytes);
    this.#output.view.setUint32(atBytes + 10, chosen.maxPayloadBytes);
  }

  #conclude(option: number, type: number): NbdHandshakeStep {
    this.#reply({ option, type, lenBytes: 0 }, 0);
    return STEPPED;
  }

  /** Write a reply's header and leave `fixedBytes` of its data to be written at the answered place. */
  #reply(reply: NbdOptionReplyHeader, fixedBytes: number): number {
    const atBytes = this.#output.reserve(NBD_OPTION_REPLY_HEADER_BYTES + fixedBytes);
    writeOptionReply(this.#output.view, atBytes, reply);
    return atBytes + NBD_OPTION_REPLY_HEADER_BYTES;
  }

  /** The empty name is that of the default export: the one that is called so, else the first. */
  #exportNamed(name: Uint8Array): number {
    const index = this.#names.findIndex((candidate) => equalBytes(candidate, name));
    return index < 0 && name.length === 0 && this.#names.length > 0 ? 0 : index;
  }
}
