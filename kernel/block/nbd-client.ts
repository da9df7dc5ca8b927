// Whoever makes the device's connection: connects, agrees on an export, hands the socket to the driver. Linux: nbd-client.c and
// nbd_genl_connect(), nbd_genl_reconfigure(), drivers/block/nbd.c.
//
// The first connection is a user program's, made while there is memory. If it is lost, the program that listens for that
// (NBD_CMD_LINK_DEAD) makes it again, with the rights of any program: its pages may be in swap, what it asks of the kernel is
// GFP_KERNEL and may end in reclaim that waits for the device, and its socket is not marked until the driver has it. In its
// place a thread of the driver may do it, which inherits PF_MEMALLOC and marks its socket first (Phillips, 10 Jul 2004).
//
// Not modelled: the name that a program may have to look up, the log it writes, the program's own code pages.

import { asPfn, fromMs, fromS, PAGE_BYTES } from "#base/units.ts";
import { NbdClientSession } from "#wire/nbd/client-session.ts";
import type { NbdReplyReader } from "#wire/nbd/reply-reader.ts";
import { COST } from "../costs.ts";
import type { AddressSpace } from "../mm/address-space.ts";
import { allocFrame } from "../mm/alloc-slow.ts";
import { touchNext } from "../mm/fault.ts";
import { __GFP_MEMALLOC, GFP_KERNEL, GFP_NOIO } from "../mm/gfp.ts";
import { PAGE_KIND } from "../mm/page-frames.ts";
import { answer, call, NEXT, type Outcome } from "../sched/program.ts";
import { type Frame, PF_KTHREAD, PF_OOM_VICTIM, type Task } from "../sched/task.ts";
import { WaitQueue } from "../sched/wait-queue.ts";
import type { NbdDevice } from "./nbd-device.ts";

/** Between two tries to connect: nbd-client -persist waits a second. */
const PAUSE_NS = fromS(1);
/** HZ/50, as the block layer waits before it asks again (blk_congestion_wait). */
const NAP_NS = fromMs(20);

export interface NbdClientFrame extends Frame {
  at: "touch" | "connect" | "connecting" | "haggle" | "tell" | "idle";
  /** Page of its own that it touches next. */
  index: number;
  sock: number;
  /** To whom that connection goes. */
  server: string;
  /** What the socket had no room or memory for. */
  rest: readonly Uint8Array[];
  /** A page of the kernel's that the call it is in works with; -1 when it is in none. */
  page: number;
  /** What that page is for: the table of a wait, or a call that found no memory before. */
  asked: "no" | "table" | "memory";
}

export class NbdClient {
  readonly #device: NbdDevice;
  readonly #onAgreed: (sock: number) => void;
  /** The program's memory; null where it has none that matters. */
  readonly #space: AddressSpace | null;
  readonly #pause: WaitQueue;
  #session: NbdClientSession;

  constructor(device: NbdDevice, onAgreed: (sock: number) => void) {
    const { memory, reconnect } = device.parts;
    this.#device = device;
    this.#onAgreed = onAgreed;
    this.#session = new NbdClientSession(device.target.exportName);
    this.#pause = new WaitQueue(memory.parts.sched, "sleep");
    this.#space =
      reconnect?.by === "program"
        ? memory.addSpace("nbd-client", reconnect.memoryBytes / PAGE_BYTES, {
            mlocked: reconnect.locked,
            oomImmune: reconnect.locked,
          })
        : null;
  }

  get replies(): NbdReplyReader {
    return this.#session.replies;
  }

  /** Begin with a first connection. */
  start(name: string, flags: number): void {
    this.#spawn(name, flags, "touch");
  }

  /** Be there for when it is lost. */
  stay(name: string, flags: number): void {
    this.#spawn(name, flags, "idle");
  }

  step(frame: NbdClientFrame, task: Task): Outcome {
    if ((task.flags & PF_OOM_VICTIM) !== 0) return answer(task, 0);
    if (frame.asked !== "no") return this.#granted(frame, task);
    switch (frame.at) {
      case "touch":
        return this.#touch(frame, task);
      case "connect":
        return this.#connect(frame, task);
      case "connecting":
        return this.#connecting(frame, task);
      case "haggle":
        return this.#haggle(frame, task);
      case "tell":
        return this.#tell(frame, task);
      case "idle":
        return this.#idle(frame, task);
    }
  }

  #spawn(name: string, flags: number, at: NbdClientFrame["at"]): void {
    const { memory, prefix } = this.#device.parts;
    const frame: NbdClientFrame = {
      type: `${prefix}nbd.client`,
      at,
      index: 0,
      sock: -1,
      server: "",
      rest: [],
      page: -1,
      asked: "no",
    };
    const task = memory.parts.sched.spawn(name, flags, frame);
    if (this.#space !== null && (flags & PF_KTHREAD) === 0) task.spaceId = this.#space.id;
  }

  /** Its own memory: made in the first round, and needed in each. */
  #touch(frame: NbdClientFrame, task: Task): Outcome {
    const space = (task.flags & PF_KTHREAD) === 0 ? this.#space : null;
    const access = this.#device.losses === 0 ? "write" : "read";
    const { memory } = this.#device.parts;
    const touched = space === null ? null : touchNext(memory, frame, task, { space, access });
    if (touched !== null) return touched;
    frame.at = "connect";
    return NEXT;
  }

  #connect(frame: NbdClientFrame, task: Task): Outcome {
    const { net, port, criticality, relayHost } = this.#device.parts;
    const { server, exportName } = this.#device.target;
    frame.sock = net.connect(relayHost ?? server, port);
    if (frame.sock < 0) return this.#foundNoMemory(frame, task);
    frame.server = server;
    this.#device.dialling = frame.sock;
    if ((task.flags & PF_KTHREAD) !== 0 && criticality.marksSwapSocket)
      net.setMemalloc(frame.sock, "on");
    this.#session = new NbdClientSession(exportName);
    frame.rest = [];
    frame.at = "connecting";
    return NEXT;
  }

  #connecting(frame: NbdClientFrame, task: Task): Outcome {
    const { net } = this.#device.parts;
    if (this.#isElsewhere(frame)) return this.#again(frame);
    if (net.isConnected(frame.sock)) {
      frame.at = "haggle";
      return NEXT;
    }
    if (this.#device.losses > 0 && net.isClosed(frame.sock)) return this.#fromTheStart(frame, task);
    return this.#wait(frame, task, () => net.connecting.sleep(task, frame.sock));
  }

  #haggle(frame: NbdClientFrame, task: Task): Outcome {
    const { net } = this.#device.parts;
    task.costNs += COST.syscallNs;
    if (this.#isElsewhere(frame)) return this.#again(frame);
    for (const slice of net.recv(frame.sock, 65_536)) this.#session.receive(slice);
    frame.rest = [...frame.rest, ...this.#session.takeOutput()];
    const lack = this.#send(frame);
    if (lack === "memory") return this.#foundNoMemory(frame, task);
    if (this.#session.state === "ready") {
      frame.at = "tell";
      return NEXT;
    }
    const isOver = net.isClosed(frame.sock) || this.#session.state === "ended";
    if (this.#device.losses > 0 && isOver) return this.#fromTheStart(frame, task);
    return this.#wait(frame, task, () =>
      lack === "sndbuf"
        ? net.writable.sleep(task, frame.sock)
        : net.readable.sleep(task, frame.sock),
    );
  }

  /** What its socket takes; and what it lacked for the rest, if there is any. */
  #send(frame: NbdClientFrame): "sndbuf" | "memory" | "closed" | null {
    for (let [head] = frame.rest; head !== undefined; [head] = frame.rest) {
      const { takenBytes, lack } = this.#device.parts.net.send(frame.sock, head);
      const left = head.subarray(takenBytes);
      frame.rest = left.length > 0 ? [left, ...frame.rest.slice(1)] : frame.rest.slice(1);
      if (left.length > 0) return lack;
    }
    return null;
  }

  /** Hand the socket over: from now on it is marked, and sends with the driver's rights. */
  #tell(frame: NbdClientFrame, task: Task): Outcome {
    const { net, criticality, reconnect } = this.#device.parts;
    if (this.#isElsewhere(frame)) return this.#again(frame);
    if (criticality.marksSwapSocket) net.setMemalloc(frame.sock, "on");
    // __sock_xmit() sets sk_allocation itself, so who may dig is one decision and who is let in another.
    net.setAllocation(
      frame.sock,
      criticality.driverMemalloc ? GFP_NOIO | __GFP_MEMALLOC : GFP_NOIO,
    );
    this.#device.dialling = -1;
    this.#onAgreed(frame.sock);
    const isUser = (task.flags & PF_KTHREAD) === 0;
    if (isUser && reconnect?.by !== "program") return answer(task, 0);
    frame.at = "idle";
    return NEXT;
  }

  #idle(frame: NbdClientFrame, task: Task): Outcome {
    const { isConnected, isDead, lossWait } = this.#device;
    if (isDead) return answer(task, 0);
    if (isConnected) return this.#wait(frame, task, () => lossWait.sleep(task, 0));
    frame.at = "touch";
    return NEXT;
  }

  /** Whether the device has gone over to another server since this connection was begun. */
  #isElsewhere({ server }: NbdClientFrame): boolean {
    return server !== this.#device.target.server;
  }

  /** The peer would not have it: once more, from the start, after a pause. */
  #fromTheStart(frame: NbdClientFrame, task: Task): Outcome {
    this.#again(frame);
    return this.#pause.sleep(task, 0, PAUSE_NS);
  }

  #again(frame: NbdClientFrame): Outcome {
    this.#device.parts.net.close(frame.sock, "reset");
    this.#device.dialling = -1;
    frame.sock = -1;
    frame.at = "touch";
    return NEXT;
  }

  /** poll() and select() ask for the page of their table before they sleep. That they keep it meanwhile is not modelled. */
  #wait(frame: NbdClientFrame, task: Task, sleep: () => Outcome): Outcome {
    const { reconnect } = this.#device.parts;
    const takesPage = this.#space !== null && reconnect?.waits === "poll";
    if (takesPage && frame.page < 0) return this.#ask(frame, task, "table");
    this.#giveBack(frame);
    return sleep();
  }

  /** A call found no memory. It sleeps in the kernel until there is some; or the program takes the peer to be broken. */
  #foundNoMemory(frame: NbdClientFrame, task: Task): Outcome {
    const { reconnect, net } = this.#device.parts;
    if (this.#device.losses > 0 && reconnect?.onNoMemory === "give-up") {
      net.close(frame.sock, "reset");
      return answer(task, 0);
    }
    return this.#ask(frame, task, "memory");
  }

  #ask(frame: NbdClientFrame, task: Task, asked: "table" | "memory"): Outcome {
    frame.asked = asked;
    return call(task, allocFrame(0, GFP_KERNEL, PAGE_KIND.kernel));
  }

  #granted(frame: NbdClientFrame, task: Task): Outcome {
    frame.page = task.result;
    if (frame.asked === "memory") this.#giveBack(frame);
    frame.asked = "no";
    // Who is PF_MEMALLOC does not reclaim: nothing is left at all, wait and hope.
    if (task.result < 0) return this.#pause.sleep(task, 0, NAP_NS);
    return NEXT;
  }

  #giveBack(frame: NbdClientFrame): void {
    if (frame.page >= 0) this.#device.parts.memory.parts.pages.free(asPfn(frame.page));
    frame.page = -1;
  }

  save(): NbdClientState {
    return { session: this.#session.save(), pause: this.#pause.save() };
  }

  load({ session, pause }: NbdClientState): void {
    this.#session = new NbdClientSession(this.#device.target.exportName);
    this.#session.load(session);
    this.#pause.load(pause);
  }
}

export interface NbdClientState {
  readonly session: ReturnType<NbdClientSession["save"]>;
  readonly pause: readonly number[];
}
