// The server's side of one NBD connection: bytes in, commands out; replies in, bytes out. No socket, no disk.
//
// It exists once so that the emulated swap server and the fast host serve the very same protocol. It refuses what
// needs no disk to refuse (bounds, flags, read-only), so a command that comes out may be carried out as it stands.
//
// Follows: NetworkBlockDevice doc/proto.md, section Transmission; the handshake lies in server-handshake.ts.
// Bounds: a payload is held up to the export's maximum; beyond `limits` in flight nothing more is parsed, and bytes
// that are pushed all the same end the session.
//
// Not modelled: extended headers, replies in several chunks (one data chunk answers a READ, which DF allows too),
// partial read errors. TLS is the host's: it encrypts when `awaitsTls` says so.

import { assert } from "#base/assert.ts";
import type { ByteQueueState } from "../bytes.ts";
import { ByteQueue, lenBytesOf } from "../bytes.ts";
import type { NbdCommand } from "./command.ts";
import { copyOfCommand, NO_DATA, payloadBytesOf, toCommand } from "./command.ts";
import {
  NBD_CMD_DISC,
  NBD_CMD_FLAG_REQ_ONE,
  NBD_CMD_WRITE,
  NBD_MAX_PAYLOAD_BYTES_DEFAULT,
} from "./constants.ts";
import type { NbdExport, NbdTerms } from "./export.ts";
import { assertNbdExport, errnoOfRequest } from "./export.ts";
import type { NbdExtent, NbdRequestHeader } from "./frame.ts";
import { NBD_REQUEST_BYTES, takeRequest } from "./frame.ts";
import type { NbdOutputState } from "./output.ts";
import { NbdOutput } from "./output.ts";
import { replyBlockStatus, replyRead, replyStatus } from "./reply-writer.ts";
import type { NbdHandshakeEnd, NbdServerHandshakeState, NbdTls } from "./server-handshake.ts";
import { NbdServerHandshake } from "./server-handshake.ts";

/** What may be in flight before the session stops parsing. */
export interface NbdServerLimits {
  readonly inflightCommandsMax: number;
  /** READ and WRITE bytes; one command may pass it. */
  readonly inflightPayloadBytesMax: number;
}

/** The Linux driver has 128 requests per connection (drivers/block/nbd.c, queue_depth); eight times that is generous. */
export const NBD_SERVER_LIMITS_DEFAULT: NbdServerLimits = {
  inflightCommandsMax: 1024,
  inflightPayloadBytesMax: 2 * NBD_MAX_PAYLOAD_BYTES_DEFAULT,
};

const NO_COMMANDS: readonly NbdCommand[] = [];

/** Bytes that may wait unparsed beyond one payload: what a host reads at once. */
const UNPARSED_BYTES_SLACK = 1_048_576;

/** Why a session ended. */
export type NbdServerEnd =
  | NbdHandshakeEnd
  | "disconnected"
  | "bad-request-magic"
  | "oversized-write"
  | "overrun";

/** "draining" once DISC came: nothing more is read, what is in flight is still answered. "tls" after the ACK to STARTTLS,
 * until the host says that the channel is secure. */
type Input = "open" | "draining" | "tls";

/** Extents that an answer to BLOCK_STATUS may have: what fits the output's slab, with room to spare. */
export const NBD_EXTENTS_MAX = 512;

/** Plain state of an NbdServerSession. */
export interface NbdServerSessionState {
  readonly queue: ByteQueueState;
  readonly output: NbdOutputState;
  readonly handshake: NbdServerHandshakeState;
  readonly exportIndex: number | null;
  readonly request: NbdRequestHeader | null;
  readonly requestErrno: number;
  readonly skipBytes: number;
  readonly commands: readonly NbdCommand[];
  readonly inflightCommands: number;
  readonly inflightPayloadBytes: number;
  readonly input: Input;
  readonly ended: NbdServerEnd | null;
}

export class NbdServerSession {
  readonly #exports: readonly NbdExport[];
  readonly #limits: NbdServerLimits;
  readonly #unparsedBytesMax: number;
  readonly #queue = new ByteQueue();
  readonly #output = new NbdOutput();
  readonly #handshake: NbdServerHandshake;
  /** Null during the handshake. */
  #exportIndex: number | null = null;
  /** Of the chosen export. */
  #terms: NbdTerms = { style: "simple", allocation: false };
  /** The WRITE whose data is awaited; when `#requestErrno` is not 0, `#skipBytes` of it are still to be skipped. */
  #request: NbdRequestHeader | null = null;
  #requestErrno = 0;
  #skipBytes = 0;
  /** Parsed, not taken. They count as in flight. */
  #commands: NbdCommand[] = [];
  #inflightCommands = 0;
  #inflightPayloadBytes = 0;
  #input: Input = "open";
  #ended: NbdServerEnd | null = null;

  constructor(spec: {
    readonly exports: readonly NbdExport[];
    readonly limits?: NbdServerLimits;
    /** Left out: "none". */
    readonly tls?: NbdTls;
  }) {
    spec.exports.forEach(assertNbdExport);
    this.#exports = spec.exports;
    this.#limits = spec.limits ?? NBD_SERVER_LIMITS_DEFAULT;
    const payloadBytesMax = spec.exports.map((each) => each.maxPayloadBytes);
    this.#unparsedBytesMax =
      Math.max(NBD_MAX_PAYLOAD_BYTES_DEFAULT, ...payloadBytesMax) + UNPARSED_BYTES_SLACK;
    const { exports, tls = "none" } = spec;
    this.#handshake = new NbdServerHandshake({ exports, tls }, this.#queue, this.#output);
    this.#handshake.greet();
  }

  /** Why the session is over, or null. Send what `takeOutput` still has, then close the connection. */
  get ended(): NbdServerEnd | null {
    return this.#ended;
  }

  /** True when the host is to encrypt the connection, once `takeOutput` is sent, and then to say `secured`. */
  get awaitsTls(): boolean {
    return this.#ended === null && this.#input === "tls";
  }

  /** The connection is encrypted from here on. */
  secured(): void {
    assert(this.#input === "tls", "a connection is encrypted when the client asked for it");
    this.#input = "open";
    this.#handshake.secured();
  }

  /** The export the client chose, or null during the handshake. */
  get chosen(): NbdExport | null {
    return this.#exportIndex === null ? null : (this.#exports[this.#exportIndex] ?? null);
  }

  /** False while too much is in flight: leave bytes in the socket until replies have made room. */
  get mayReceive(): boolean {
    return this.#ended === null && this.#input === "open" && this.#hasRoom();
  }

  /** Bytes that came in and wait for the rest of their message. */
  get heldBytes(): number {
    return this.#queue.lenBytes;
  }

  /** Commands that came out and were not answered. */
  get inflightCommands(): number {
    return this.#inflightCommands;
  }

  /** Take in bytes, cut anywhere. They are kept: not to be written to until their commands are answered, or see
   * `detach`. */
  receive(bytes: Uint8Array): void {
    if (this.#input === "tls") this.#end("bytes-before-tls");
    if (this.#ended !== null || this.#input === "draining") return;
    this.#queue.push(bytes);
    this.#parse();
    if (this.#queue.lenBytes > this.#unparsedBytesMax) this.#end("overrun");
  }

  /** Copy the piece of a message that waits for its rest, so that the caller may read into the same buffer again. */
  detach(): void {
    this.#queue.detach();
  }

  /** Commands since the last call, in the order they came. Answer each but "disconnect" once, in any order. */
  takeCommands(): readonly NbdCommand[] {
    if (this.#commands.length === 0) return NO_COMMANDS;
    const commands = this.#commands;
    this.#commands = [];
    return commands;
  }

  /** Answer `command` with an error of the specification or 0; a successful READ with `lenBytes` bytes of data, which
   * are kept, not copied. After the end it says nothing to nobody. */
  reply(command: NbdCommand, errno: number, data: readonly Uint8Array[] = NO_DATA): void {
    if (this.#ended !== null) return;
    const isFilledRead = command.type === "read" && errno === 0;
    const dueBytes = isFilledRead ? command.lenBytes : 0;
    assert(lenBytesOf(data) === dueBytes, "a reply has the bytes that were asked for");
    assert(command.type !== "blockStatus" || errno !== 0, "a block status is answered by extents");
    this.#answered(command);
    const { style } = this.#terms;
    if (isFilledRead) replyRead(this.#output, command, { style, data });
    else replyStatus(this.#output, command, { style, errno });
    this.#goOn();
  }

  /** Answer a "blockStatus" with what holds from its offset on: at least one extent, of at least one byte each, together
   * no longer than what was asked about, and one only where the client wanted no more. */
  replyExtents(command: NbdCommand, extents: readonly NbdExtent[]): void {
    if (this.#ended !== null) return;
    assert(command.type === "blockStatus", "extents answer a block status");
    const extentsMax = (command.flags & NBD_CMD_FLAG_REQ_ONE) === 0 ? NBD_EXTENTS_MAX : 1;
    assert(
      extents.length >= 1 && extents.length <= extentsMax,
      "as many extents as were asked for",
    );
    this.#answered(command);
    replyBlockStatus(this.#output, command, extents);
    this.#goOn();
  }

  /** Bytes to send since the last call: headers and payloads as separate slices, in order. */
  takeOutput(): Uint8Array[] {
    return this.#output.take();
  }

  /** Plain state. Commands taken and not answered are the caller's to save. */
  save(): NbdServerSessionState {
    return {
      queue: this.#queue.save(),
      output: this.#output.save(),
      handshake: this.#handshake.save(),
      exportIndex: this.#exportIndex,
      request: this.#request,
      requestErrno: this.#requestErrno,
      skipBytes: this.#skipBytes,
      commands: this.#commands.map(copyOfCommand),
      inflightCommands: this.#inflightCommands,
      inflightPayloadBytes: this.#inflightPayloadBytes,
      input: this.#input,
      ended: this.#ended,
    };
  }

  /** Continue from `state`, which a session with the same exports and limits saved. */
  load(state: NbdServerSessionState): void {
    this.#queue.load(state.queue);
    this.#output.load(state.output);
    this.#handshake.load(state.handshake);
    this.#exportIndex = state.exportIndex;
    if (state.exportIndex !== null) this.#terms = this.#handshake.termsOf(state.exportIndex);
    this.#request = state.request;
    this.#requestErrno = state.requestErrno;
    this.#skipBytes = state.skipBytes;
    this.#commands = state.commands.map(copyOfCommand);
    this.#inflightCommands = state.inflightCommands;
    this.#inflightPayloadBytes = state.inflightPayloadBytes;
    this.#input = state.input;
    this.#ended = state.ended;
  }

  #parse(): void {
    while (this.#ended === null && this.#input === "open") {
      const chosen = this.chosen;
      const stepped = chosen === null ? this.#stepHandshake() : this.#stepTransmission(chosen);
      if (!stepped) return;
    }
  }

  #stepHandshake(): boolean {
    const step = this.#handshake.step();
    switch (step.type) {
      case "hungry":
        return false;
      case "stepped":
        return true;
      case "chosen":
        this.#exportIndex = step.exportIndex;
        this.#terms = this.#handshake.termsOf(step.exportIndex);
        return true;
      case "starttls":
        this.#input = "tls";
        return false;
      case "ended":
        this.#end(step.reason);
        return false;
    }
  }

  #stepTransmission(chosen: NbdExport): boolean {
    if (this.#request !== null) return this.#stepPayload(this.#request);
    if (!this.#hasRoom() || !this.#queue.gather(NBD_REQUEST_BYTES)) return false;
    const request = takeRequest(this.#queue);
    if (request === null) {
      this.#end("bad-request-magic");
      return false;
    }
    this.#admit(request, chosen);
    return true;
  }

  #admit(request: NbdRequestHeader, chosen: NbdExport): void {
    const errno = errnoOfRequest(request, chosen, this.#terms);
    if (request.type === NBD_CMD_WRITE && request.lenBytes > 0) this.#await(request, errno, chosen);
    else if (errno !== 0) this.#refuse(request, errno);
    else this.#emit(request, NO_DATA);
  }

  /** Data follows a WRITE even when it will be refused. */
  #await(request: NbdRequestHeader, errno: number, chosen: NbdExport): void {
    const bytesMax = Math.max(NBD_MAX_PAYLOAD_BYTES_DEFAULT, chosen.maxPayloadBytes);
    if (request.lenBytes > bytesMax) {
      this.#end("oversized-write");
      return;
    }
    this.#request = request;
    this.#requestErrno = errno;
    this.#skipBytes = errno === 0 ? 0 : request.lenBytes;
  }

  #stepPayload(request: NbdRequestHeader): boolean {
    if (this.#requestErrno !== 0) return this.#stepSkip(request);
    if (this.#queue.lenBytes < request.lenBytes) return false;
    this.#request = null;
    this.#emit(request, this.#queue.takeSlices(request.lenBytes));
    return true;
  }

  #stepSkip(request: NbdRequestHeader): boolean {
    const skippedBytes = Math.min(this.#skipBytes, this.#queue.lenBytes);
    this.#queue.skip(skippedBytes);
    this.#skipBytes -= skippedBytes;
    if (this.#skipBytes > 0) return false;
    this.#request = null;
    this.#refuse(request, this.#requestErrno);
    return true;
  }

  #emit(request: NbdRequestHeader, data: readonly Uint8Array[]): void {
    const command = toCommand(request, data);
    this.#commands.push(command);
    if (request.type === NBD_CMD_DISC) {
      this.#input = "draining";
      this.#queue.clear();
      this.#endWhenDrained();
      return;
    }
    this.#inflightCommands++;
    this.#inflightPayloadBytes += payloadBytesOf(command);
  }

  /** Answered without asking the disk. */
  #refuse(request: NbdRequestHeader, errno: number): void {
    replyStatus(this.#output, request, { style: this.#terms.style, errno });
  }

  #answered(command: NbdCommand): void {
    assert(command.type !== "disconnect", "a disconnect has no reply");
    assert(this.#inflightCommands > 0, "a command is answered once");
    this.#inflightCommands--;
    this.#inflightPayloadBytes -= payloadBytesOf(command);
  }

  /** An answer makes room for what had to wait. */
  #goOn(): void {
    if (this.#queue.lenBytes > 0) this.#parse();
    this.#endWhenDrained();
  }

  #hasRoom(): boolean {
    return (
      this.#inflightCommands < this.#limits.inflightCommandsMax &&
      this.#inflightPayloadBytes < this.#limits.inflightPayloadBytesMax
    );
  }

  #endWhenDrained(): void {
    if (this.#input === "draining" && this.#inflightCommands === 0) this.#end("disconnected");
  }

  #end(reason: NbdServerEnd): void {
    this.#ended ??= reason;
    this.#queue.clear();
  }
}
