// What comes before a run: the same run on the same nodes, as fast as they can, for a few seconds, thrown away.
//
// A process that has just begun runs its code many times slower than one that has run it for a while. Nobody in such a run is
// late by much at any instant, but everybody is at every one: between fresh processes a page-out took a hundred times as long
// as in virtual time, and a machine that is patient with a network of a tenth of a millisecond may not be with one of two
// (zijlstra-wedge without an outage: `--set "links.A<->C.latency=2 ms"`).

import type { NodeChannel } from "../../nodes/forked/index.ts";

/** In ms of the host: by then code has been compiled that a run needs most. */
export const REHEARSAL_MS = 3_000;

/** A node's channel for a while: it stays open when its borrower closes it, and a borrower whose time is over hears nothing. */
export class LentChannel implements NodeChannel {
  readonly #channel: NodeChannel;
  #isOver = false;

  constructor(channel: NodeChannel) {
    this.#channel = channel;
  }

  send(message: Parameters<NodeChannel["send"]>[0]): void {
    if (!this.#isOver) this.#channel.send(message);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#channel.onMessage((message) => {
      if (!this.#isOver) listener(message);
    });
  }

  onGone(listener: (why: string) => void): void {
    this.#channel.onGone((why) => {
      if (!this.#isOver) listener(why);
    });
  }

  close(): Promise<void> {
    this.#isOver = true;
    return Promise.resolve();
  }
}
