// Who works for the device: whoever connects it, the thread that sends, the thread that receives.
//
// Senders by era and policy: the submitter itself (2.6.12, where whoever unplugs the queue sends), or the driver's thread
// (3.x: kthread nbd0; 6.1: a kblockd worker). Where submitters send, a kblockd thread without any rights still sends what
// sleeping tasks left behind.

import { COST } from "../costs.ts";
import { call, type Outcome, type Programs } from "../sched/program.ts";
import { type Frame, PF_KTHREAD, PF_MEMALLOC, type Task } from "../sched/task.ts";
import { NbdClient, type NbdClientFrame } from "./nbd-client.ts";
import type { NbdDevice } from "./nbd-device.ts";
import { type NbdReceiveFrame, nbdReceiveFrame, stepNbdReceive } from "./nbd-receive.ts";
import { type NbdSendFrame, nbdSendFrame, stepNbdSend } from "./nbd-send.ts";

export class NbdTasks {
  readonly #device: NbdDevice;
  readonly #client: NbdClient;
  /** Called when the device can be used: swapon. */
  onReady: () => void = () => {};

  constructor(device: NbdDevice, programs: Programs) {
    this.#device = device;
    this.#client = new NbdClient(device, (sock) => this.#adopt(sock));
    const { prefix } = device.parts;
    programs.add(`${prefix}nbd.client`, {
      step: (frame: NbdClientFrame, task: Task) => this.#client.step(frame, task),
    });
    programs.add(`${prefix}nbd.sender`, {
      step: (_frame: Frame, task: Task) => this.#sender(task),
    });
    programs.add(`${prefix}nbd.send`, {
      step: (frame: NbdSendFrame, task: Task) => stepNbdSend(device, frame, task),
    });
    programs.add(`${prefix}nbd.receive`, {
      step: (frame: NbdReceiveFrame, task: Task) =>
        stepNbdReceive(device, this.#client.replies, frame, task),
    });
  }

  /** Start nbd-client; the threads follow when the server has agreed. */
  start(): void {
    this.#client.start("nbd-client", 0);
  }

  save(): ReturnType<NbdClient["save"]> {
    return this.#client.save();
  }

  load(state: ReturnType<NbdClient["save"]>): void {
    this.#client.load(state);
  }

  /** The server has agreed: the driver has the socket, and with the first one come its threads. */
  #adopt(sock: number): void {
    const { memory, prefix, reconnect } = this.#device.parts;
    const { sched } = memory.parts;
    const isFirst = this.#device.losses === 0;
    this.#device.adopt(sock);
    sched.spawn("nbd-recv", PF_KTHREAD, nbdReceiveFrame(prefix, sock));
    if (!isFirst) return;
    sched.spawn(memory.parts.era === "3.x" ? "nbd0" : "kblockd", PF_KTHREAD, {
      type: `${prefix}nbd.sender`,
    });
    if (reconnect?.by === "driver") this.#client.stay("nbd-reconnect", PF_KTHREAD | PF_MEMALLOC);
    this.onReady();
  }

  /** The driver's thread, or kblockd: send whatever waits, oldest first. */
  #sender(task: Task): Outcome {
    const { queue, prefix } = this.#device.parts;
    const request = this.#device.takesRequests ? queue.takePending() : null;
    if (request === null) return queue.workWait.sleep(task, 0);
    task.costNs += COST.switchNs;
    return call(task, nbdSendFrame(prefix, request));
  }
}
