// Where a second swap server is told by a manager that the exports of another are its own now. From then on that other one is
// fenced: it may not be dead but only slow, and what it still writes here would be older than what is here.

import { COST } from "../costs.ts";
import type { Sockets } from "../net/sockets.ts";
import type { Task } from "../sched/task.ts";
import { decodeMessage, encodeMessage, TAKE_OVER_PORT } from "./failover.ts";

export class TakeOver {
  readonly #net: Sockets;
  readonly #watcher: number;
  sock = -1;

  constructor({ net, watcher }: { readonly net: Sockets; readonly watcher: number }) {
    this.#net = net;
    this.#watcher = watcher;
  }

  listen(): void {
    this.sock = this.#net.bindDatagrams(TAKE_OVER_PORT);
    this.#net.watch(this.sock, this.#watcher);
  }

  /** Take what was said and answer it; whose exports are meant. */
  hear(task: Task): readonly string[] {
    const servers: string[] = [];
    for (let got = this.#take(task); got !== null; got = this.#take(task)) {
      const message = decodeMessage(got.bytes);
      if (message?.order !== "take-over" || message.isAnswer) continue;
      servers.push(message.server);
      const to = { peer: got.peer, port: got.fromPort };
      this.#net.sendDatagram(this.sock, to, encodeMessage({ ...message, isAnswer: true }));
    }
    return servers;
  }

  #take(task: Task): ReturnType<Sockets["takeDatagram"]> {
    const got = this.#net.takeDatagram(this.sock);
    task.costNs += COST.syscallNs + this.#net.takeCostNs();
    return got;
  }

  save(): TakeOverState {
    return { sock: this.sock };
  }

  load({ sock }: TakeOverState): void {
    this.sock = sock;
  }
}

export interface TakeOverState {
  readonly sock: number;
}
