// A swap server's second copy: every write goes on to another server, and is answered when it is there too. As DRBD does it
// under its protocol C.
//
// Who takes over fences the other: it closes these connections, and what is written here afterwards fails.
//
// Not modelled: going on with one copy when the mirror is away (each write fails instead), resynchronisation.

import { NbdClientSession } from "#wire/nbd/client-session.ts";
import type { NbdCommand } from "#wire/nbd/command.ts";
import { NBD_CMD_WRITE, NBD_EIO, NBD_PORT } from "#wire/nbd/constants.ts";
import { encodeRequest } from "#wire/nbd/frame.ts";
import type { Sockets } from "../net/sockets.ts";

const READ_BYTES = 65_536;

/** One export of it, over a connection of its own. */
interface Copy<W> {
  readonly name: string;
  sock: number;
  session: NbdClientSession;
  /** What the handshake has to say, and its socket had no room for. */
  shake: Uint8Array[];
  /** Requests; they wait for the end of the handshake. */
  out: Uint8Array[];
  /** Writes without an answer, by their number. */
  open: Map<number, W>;
  isLost: boolean;
}

export interface Mirrored<W> {
  readonly work: W;
  /** 0: it is there. */
  readonly errno: number;
}

export class Mirror<W extends { readonly command: NbdCommand }> {
  readonly #net: Sockets;
  readonly #watcher: number;
  readonly #server: string;
  readonly #copies: Copy<W>[];
  #next = 0;

  constructor(
    { net, watcher }: { readonly net: Sockets; readonly watcher: number },
    server: string,
    exportNames: readonly string[],
  ) {
    this.#net = net;
    this.#watcher = watcher;
    this.#server = server;
    this.#copies = exportNames.map((name) => ({
      name,
      sock: -1,
      session: new NbdClientSession(name),
      shake: [],
      out: [],
      open: new Map<number, W>(),
      isLost: false,
    }));
  }

  connect(): void {
    for (const copy of this.#copies) {
      copy.sock = this.#net.connect(this.#server, NBD_PORT);
      this.#net.watch(copy.sock, this.#watcher);
    }
  }

  has(sock: number): boolean {
    return this.#copies.some((copy) => copy.sock === sock);
  }

  /** Whoever asked is gone. */
  forget(): void {
    for (const { open } of this.#copies) open.clear();
  }

  /** Send a write to export `index` on; `serve` gives it back. False: there is no mirror any more. */
  write(index: number, work: W): boolean {
    const copy = this.#copies[index];
    if (copy === undefined || copy.isLost) return false;
    const { offsetBytes, lenBytes, data } = work.command;
    const number = this.#next++;
    copy.open.set(number, work);
    const [type, flags] = [NBD_CMD_WRITE, 0];
    const request = { flags, type, cookieHi: 0, cookieLo: number, offsetBytes, lenBytes };
    copy.out.push(encodeRequest(request), ...data);
    this.#flush(copy);
    return true;
  }

  /** What was answered at this connection, or will never be. */
  serve(sock: number): readonly Mirrored<W>[] {
    const copy = this.#copies.find((each) => each.sock === sock);
    if (copy === undefined) return [];
    for (const slice of this.#net.recv(sock, READ_BYTES)) copy.session.receive(slice);
    const answered = copy.session.state === "ready" ? this.#answers(copy) : [];
    copy.isLost ||= this.#net.isClosed(sock) || copy.session.state === "ended";
    this.#flush(copy);
    if (!copy.isLost) return answered;
    const lost = [...copy.open.values()].map((work) => ({ work, errno: NBD_EIO }));
    copy.open.clear();
    return [...answered, ...lost];
  }

  #answers({ open, session: { replies } }: Copy<W>): Mirrored<W>[] {
    const answered: Mirrored<W>[] = [];
    for (let head = replies.nextHeader(); head !== null; head = replies.nextHeader()) {
      const work = open.get(head.cookieLo);
      open.delete(head.cookieLo);
      if (work !== undefined) answered.push({ work, errno: head.errno });
    }
    return answered;
  }

  #flush(copy: Copy<W>): void {
    copy.shake.push(...copy.session.takeOutput());
    if (copy.isLost || !this.#drain(copy, copy.shake)) return;
    if (copy.session.state === "ready") this.#drain(copy, copy.out);
  }

  /** Whether all of it is sent. */
  #drain({ sock }: Copy<W>, queue: Uint8Array[]): boolean {
    for (let [head] = queue; head !== undefined; [head] = queue) {
      const { takenBytes } = this.#net.send(sock, head);
      if (takenBytes < head.length) {
        queue[0] = head.subarray(takenBytes);
        return false;
      }
      queue.shift();
    }
    return true;
  }

  save(copies: (works: readonly W[]) => W[]): MirrorState<W> {
    return {
      next: this.#next,
      copies: this.#copies.map(({ sock, isLost, session, shake, out, open }) => ({
        ...{ sock, isLost, session: session.save(), shake: [...shake], out: [...out] },
        ...{ numbers: [...open.keys()], works: copies([...open.values()]) },
      })),
    };
  }

  load(state: MirrorState<W>): void {
    this.#next = state.next;
    state.copies.forEach(({ session, shake, out, numbers, works, sock, isLost }, i) => {
      const copy = this.#copies[i];
      if (copy === undefined) return;
      copy.session = new NbdClientSession(copy.name);
      copy.session.load(session);
      const open = new Map(works.map((work, nth) => [numbers[nth] ?? -1, work] as const));
      Object.assign(copy, { sock, isLost, open, shake: [...shake], out: [...out] });
    });
  }
}

export interface MirrorState<W> {
  readonly next: number;
  readonly copies: readonly {
    readonly sock: number;
    readonly isLost: boolean;
    readonly session: ReturnType<NbdClientSession["save"]>;
    readonly shake: readonly Uint8Array[];
    readonly out: readonly Uint8Array[];
    readonly numbers: readonly number[];
    readonly works: readonly W[];
  }[];
}
