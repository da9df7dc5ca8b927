// Who works for the device: the program that connects it, the thread that sends, the thread that receives.
//
// Senders by era and policy: the submitter itself (2.6.12, where whoever unplugs the queue sends), or the driver's thread
// (3.x: kthread nbd0; 6.1: a kblockd worker). Where submitters send, a kblockd thread without any rights still sends what
// sleeping tasks left behind.

import { NbdClientSession } from "#wire/nbd/client-session.ts";
import type { NbdReplyReader } from "#wire/nbd/reply-reader.ts";
import { COST } from "../costs.ts";
import { __GFP_MEMALLOC, GFP_NOIO } from "../mm/gfp.ts";
import { answer, call, type Outcome, type Programs } from "../sched/program.ts";
import { type Frame, PF_KTHREAD, type Task } from "../sched/task.ts";
import type { NbdDevice } from "./nbd-device.ts";
import { type NbdReceiveFrame, nbdReceiveFrame, stepNbdReceive } from "./nbd-receive.ts";
import { type NbdSendFrame, nbdSendFrame, stepNbdSend } from "./nbd-send.ts";

interface SetupFrame extends Frame {
  at: "connect" | "haggle";
  sock: number;
}

export class NbdTasks {
  readonly #device: NbdDevice;
  readonly #session: NbdClientSession;
  /** Called when the device can be used: swapon. */
  onReady: () => void = () => {};

  constructor(device: NbdDevice, programs: Programs) {
    this.#device = device;
    this.#session = new NbdClientSession(device.parts.exportName);
    const { prefix } = device.parts;
    programs.add(`${prefix}nbd.setup`, {
      step: (frame: SetupFrame, task: Task) => this.#setup(frame, task),
    });
    programs.add(`${prefix}nbd.sender`, {
      step: (_frame: Frame, task: Task) => this.#sender(task),
    });
    programs.add(`${prefix}nbd.send`, {
      step: (frame: NbdSendFrame, task: Task) => stepNbdSend(device, frame, task),
    });
    programs.add(`${prefix}nbd.receive`, {
      step: (frame: NbdReceiveFrame, task: Task) =>
        stepNbdReceive(device, this.#replies, frame, task),
    });
  }

  /** Start nbd-client; the threads follow when the server has agreed. */
  start(): void {
    const { prefix } = this.#device.parts;
    const frame: SetupFrame = { type: `${prefix}nbd.setup`, at: "connect", sock: -1 };
    this.#device.parts.memory.parts.sched.spawn("nbd-client", 0, frame);
  }

  save(): ReturnType<NbdClientSession["save"]> {
    return this.#session.save();
  }

  load(state: ReturnType<NbdClientSession["save"]>): void {
    this.#session.load(state);
  }

  get #replies(): NbdReplyReader {
    return this.#session.replies;
  }

  /** The driver's thread, or kblockd: send whatever waits, oldest first. */
  #sender(task: Task): Outcome {
    const { queue, prefix } = this.#device.parts;
    const { isConnected, isDead } = this.#device;
    const request = isConnected || isDead ? queue.takePending() : null;
    if (request === null) return queue.workWait.sleep(task, 0);
    task.costNs += COST.switchNs;
    return call(task, nbdSendFrame(prefix, request));
  }

  /** nbd-client: connect, agree on an export, hand the socket to the kernel. */
  #setup(frame: SetupFrame, task: Task): Outcome {
    const { net, server, port } = this.#device.parts;
    if (frame.at === "connect") {
      frame.sock = net.connect(server, port);
      frame.at = "haggle";
    }
    if (!net.isConnected(frame.sock)) return net.connecting.sleep(task, frame.sock);
    return this.#haggle(frame.sock, task);
  }

  #haggle(sock: number, task: Task): Outcome {
    const { net } = this.#device.parts;
    task.costNs += COST.syscallNs;
    for (const slice of net.recv(sock, 65_536)) this.#session.receive(slice);
    for (const slice of this.#session.takeOutput()) net.send(sock, slice);
    if (this.#session.state === "ready") return this.#handOver(sock, task);
    return net.readable.sleep(task, sock);
  }

  #handOver(sock: number, task: Task): Outcome {
    const { net, criticality, memory, queue, prefix } = this.#device.parts;
    if (criticality.marksSwapSocket) net.setMemalloc(sock, "on");
    // __sock_xmit() sets sk_allocation itself, so who may dig is one decision and who is let in another.
    net.setAllocation(sock, criticality.driverMemalloc ? GFP_NOIO | __GFP_MEMALLOC : GFP_NOIO);
    this.#device.sock = sock;
    const { sched } = memory.parts;
    sched.spawn("nbd-recv", PF_KTHREAD, nbdReceiveFrame(prefix));
    sched.spawn(memory.parts.era === "3.x" ? "nbd0" : "kblockd", PF_KTHREAD, {
      type: `${prefix}nbd.sender`,
    });
    queue.workWait.wakeAll();
    this.onReady();
    return answer(task, 0);
  }
}
