// One client: its socket, its session, and what its commands do to the store.
//
// A command is carried out as it comes, and answered at once where nothing has to be waited for; what came in one read is
// answered in one write. Whatever a fault delays, or a disk, is answered when it is done, in any order, as NBD allows.
//
// Bounds: the session holds back commands beyond its limits; beyond OUTPUT_BYTES_MAX not taken by the client none is carried
// out, and the socket is not read, so a client that asks and does not listen holds up itself alone. A client that has chosen
// no export after HANDSHAKE_MS is cut off.

import type { Socket } from "node:net";
import { corrupted, type RequestFate, type StoreState } from "#kernel/index.ts";
import { copyOfCommand, type NbdCommand } from "#wire/nbd/command.ts";
import { NBD_CMD_FLAG_REQ_ONE } from "#wire/nbd/constants.ts";
import type { NbdServerEnd } from "#wire/nbd/server-session.ts";
import { NBD_EXTENTS_MAX, type NbdServerSession } from "#wire/nbd/server-session.ts";
import { errnoOfHost } from "./errno.ts";
import { Intake } from "./intake.ts";
import { Outlet } from "./outlet.ts";
import type { Store } from "./store.ts";
import type { Tally } from "./tally.ts";
import { WELL } from "./well.ts";

/** Answers that wait for the client to take them. Four times what Linux lets one socket send by default (tcp_wmem[2] is 4 MiB). */
const OUTPUT_BYTES_MAX = 16_777_216;

/** As QEMU's servers (blockdev-nbd.c, NBD_DEFAULT_HANDSHAKE_MAX_SECS). */
const HANDSHAKE_MS = 10_000;

/** What a connection needs of its server. */
export interface Host {
  readonly tally: Tally;
  /** What the open faults make of the server; the same object while nothing changes. */
  readonly state: StoreState;
  readonly session: () => NbdServerSession;
  /** The store of the export that a client chose, by its index. */
  readonly storeOf: (session: NbdServerSession) => Store;
  /** What becomes of a command under faults, and when the store is through with it, in ms from now. */
  readonly judge: (command: NbdCommand) => { readonly fate: RequestFate; readonly afterMs: number };
  /** Encrypts the socket. Null: there is no certificate. */
  readonly encrypt: ((socket: Socket) => Socket) | null;
  readonly closed: (connection: Connection, reason: NbdServerEnd | null) => void;
}

export class Connection {
  readonly #host: Host;
  readonly #session: NbdServerSession;
  readonly #outlet = new Outlet();
  readonly #intake: Intake;
  #socket: Socket;
  #store: Store | null = null;
  /** Taken from the session, not begun: the client does not take its answers. */
  #todo: readonly NbdCommand[] = [];
  /** Come while the server was stalled. */
  #stalled: NbdCommand[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  #isClosed = false;

  constructor(accepted: Socket, host: Host) {
    this.#host = host;
    this.#session = host.session();
    const holding = {
      heldBytes: (): number => this.#session.heldBytes,
      isBusy: (): boolean => this.#todo.length > 0,
      detach: (): void => this.#session.detach(),
    };
    this.#intake = new Intake(accepted, (bytes) => this.#receive(bytes), holding);
    this.#socket = this.#intake.socket;
    this.#socket.setNoDelay(true);
    this.#socket.setKeepAlive(true);
    this.#listen(this.#socket);
    this.#after(HANDSHAKE_MS, () => {
      if (this.#session.chosen === null) this.close("reset");
    });
    this.#send();
  }

  /** Commands that came and were not answered. */
  get openRequests(): number {
    return this.#session.inflightCommands;
  }

  /** The faults have changed: what they kept back goes on. */
  resume(): void {
    const { hanging, stalled } = this.#host.state;
    if (!hanging && this.#outlet.isHeld) this.#outlet.release(this.#socket);
    if (stalled || this.#stalled.length === 0) return;
    const commands = this.#stalled;
    this.#stalled = [];
    for (const command of commands) this.#begin(command);
    this.#serve();
  }

  /** Let go of it: when the client does so, too; when it has what was said; or at once, with a reset. */
  close(how: "fin" | "soon" | "reset"): void {
    if (how === "reset") this.#socket.resetAndDestroy();
    else if (how === "soon") this.#socket.destroySoon();
    else this.#end();
    this.#forget();
  }

  /** What is unsent still goes out, to a client that takes it. */
  #end(): void {
    const socket = this.#socket;
    socket.end();
    socket.setTimeout(HANDSHAKE_MS, () => socket.destroy());
  }

  #listen(socket: Socket): void {
    socket.on("drain", () => this.#serve());
    // A reset by the client is its way to say goodbye; what it was about is not ours to know.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#forget());
  }

  #forget(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#todo = [];
    this.#stalled = [];
    this.#host.closed(this, this.#session.ended);
  }

  #receive(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    this.#session.receive(bytes);
    this.#serve();
  }

  /** Carry out what has come, as long as the client takes the answers. */
  #serve(): void {
    while (!this.#isClosed && this.#socket.writableLength < OUTPUT_BYTES_MAX) {
      const commands = this.#todo.length > 0 ? this.#todo : this.#session.takeCommands();
      if (commands.length === 0) break;
      this.#todo = [];
      this.#beginAll(commands);
      this.#send();
    }
    this.#send();
    this.#steer();
  }

  /** One answer may be 32 MiB, so it is looked at the output after each that is large. */
  #beginAll(commands: readonly NbdCommand[]): void {
    let unsentBytes = 0;
    let begun = 0;
    for (const command of commands) {
      if (this.#isClosed || unsentBytes >= OUTPUT_BYTES_MAX) break;
      this.#begin(command);
      begun++;
      if (command.type === "read") unsentBytes += command.lenBytes;
    }
    if (begun < commands.length && !this.#isClosed) this.#todo = commands.slice(begun);
  }

  /** After each step: read on, encrypt, or end. */
  #steer(): void {
    if (this.#isClosed) return;
    const session = this.#session;
    if (session.ended !== null) {
      if (this.#todo.length === 0) this.close("fin");
      return;
    }
    if (session.awaitsTls) this.#encrypt();
    this.#intake.setPaused(this.#todo.length > 0 || !session.mayReceive);
  }

  #encrypt(): void {
    const { encrypt } = this.#host;
    if (encrypt === null) return;
    this.#session.secured();
    this.#socket = encrypt(this.#socket);
    this.#intake.follow(this.#socket);
    this.#listen(this.#socket);
  }

  #begin(command: NbdCommand): void {
    const { state, tally } = this.#host;
    if (command.type === "disconnect") return;
    tally.requests++;
    if (state === WELL) {
      this.#perform(command);
      return;
    }
    if (state.stalled) {
      tally.unansweredRequests++;
      this.#stalled.push(copyOfCommand(command));
      return;
    }
    const { fate, afterMs } = this.#host.judge(command);
    if (afterMs === 0) {
      this.#finish(command, fate);
      return;
    }
    const kept = copyOfCommand(command);
    this.#after(afterMs, () => {
      this.#finish(kept, fate);
      this.#serve();
    });
  }

  /** Answer as the faults have it. */
  #finish(command: NbdCommand, fate: RequestFate): void {
    const { state, tally } = this.#host;
    if (state.stalled) {
      tally.unansweredRequests++;
      this.#stalled.push(copyOfCommand(command));
    } else if (state.dropping) {
      tally.droppedConnections++;
      this.close("reset");
    } else if (fate.errno !== 0) {
      tally.failedRequests++;
      this.#reply(command, fate.errno);
    } else if (fate.corrupts) {
      tally.corruptedReplies++;
      this.#read(command, corrupted);
    } else this.#perform(command);
    if (!state.hanging || this.#outlet.isHeld || this.#isClosed) return;
    const slices = this.#session.takeOutput();
    if (slices.length === 0) return;
    tally.cutReplies++;
    this.#outlet.sendHalf(this.#socket, slices);
  }

  #perform(command: NbdCommand): void {
    const store = this.#storeOf();
    const { type, offsetBytes, lenBytes } = command;
    try {
      switch (type) {
        case "read":
          this.#read(command, null);
          return;
        case "write":
          store.write(offsetBytes, command.data);
          this.#settle(command, command.fua ? store.flush() : null);
          return;
        case "writeZeroes":
          this.#settle(command, this.#zero(store, command));
          return;
        case "trim":
          store.trim(offsetBytes, lenBytes);
          this.#settle(command, command.fua ? store.flush() : null);
          return;
        case "flush":
          this.#settle(command, store.flush());
          return;
        case "cache":
          this.#reply(command, 0);
          return;
        case "blockStatus":
          this.#replyExtents(store, command);
          return;
        case "disconnect":
          return;
      }
    } catch (error) {
      this.#reply(command, errnoOfHost(error));
    }
  }

  #read(command: NbdCommand, change: typeof corrupted | null): void {
    const data = this.#storeOf().read(command.offsetBytes, command.lenBytes);
    this.#host.tally.answeredRequests++;
    this.#session.reply(command, 0, change === null ? data : change(data));
  }

  #zero(store: Store, { offsetBytes, lenBytes, fua }: NbdCommand): Promise<void> | null {
    const zeroed = store.zero(offsetBytes, lenBytes);
    if (!fua) return zeroed;
    if (zeroed === null) return store.flush();
    return zeroed.then(() => store.flush() ?? undefined);
  }

  #replyExtents(store: Store, command: NbdCommand): void {
    const { offsetBytes, lenBytes, flags } = command;
    const extentsMax = (flags & NBD_CMD_FLAG_REQ_ONE) === 0 ? NBD_EXTENTS_MAX : 1;
    this.#host.tally.answeredRequests++;
    this.#session.replyExtents(command, store.extents({ offsetBytes, lenBytes, extentsMax }));
  }

  /** Answer now, or when what has to be waited for is done. */
  #settle(command: NbdCommand, pending: Promise<void> | null): void {
    if (pending === null) {
      this.#reply(command, 0);
      return;
    }
    const answer = (errno: number): void => {
      if (this.#isClosed) return;
      this.#reply(command, errno);
      this.#serve();
    };
    pending.then(
      () => answer(0),
      (error: unknown) => answer(errnoOfHost(error)),
    );
  }

  #reply(command: NbdCommand, errno: number): void {
    this.#host.tally.answeredRequests++;
    this.#session.reply(command, errno);
  }

  #storeOf(): Store {
    this.#store ??= this.#host.storeOf(this.#session);
    return this.#store;
  }

  #send(): void {
    if (!this.#isClosed) this.#outlet.send(this.#socket, this.#session.takeOutput());
  }

  #after(ms: number, then: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      then();
    }, ms);
    this.#timers.add(timer);
  }
}
