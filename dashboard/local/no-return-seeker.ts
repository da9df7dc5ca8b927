// Looks for the point of no return of a film, in a thread of its own: the page and its films go on, and whoever does not want
// to know any more ends the thread.

import type { TimedFault } from "#sim/index.ts";
import type { Reel } from "../model/reel.ts";
import type { LocalMessage } from "./messages.ts";
import { openWorker, order } from "./open-worker.ts";

export interface SeekListener {
  /** The film knows more than before. */
  changed(): void;
  refused(why: string): void;
}

export class NoReturnSeeker {
  readonly #listener: SeekListener;
  #worker: Worker | null = null;
  #reel: Reel | null = null;

  constructor(listener: SeekListener) {
    this.#listener = listener;
  }

  /** Of one film at a time; what was sought before is given up. */
  seek(reel: Reel, fault: TimedFault): void {
    this.cancel();
    this.#reel = reel;
    reel.noReturn = { fault, trials: [], found: null };
    this.#worker = openWorker({
      told: (message) => this.#receive(reel, message),
      ended: (why) => this.#refuse(why),
    });
    const { scenario, variant, seed, policy, settings } = reel.title;
    const session = { scenario, variant, seed, policy, settings };
    order(this.#worker, { type: "no-return", session, fault });
    this.#listener.changed();
  }

  /** May be called twice. */
  cancel(): void {
    this.#worker?.terminate();
    this.#worker = null;
    if (this.#reel !== null && this.#reel.noReturn?.found === null) this.#reel.noReturn = null;
    this.#reel = null;
    this.#listener.changed();
  }

  #receive(reel: Reel, message: LocalMessage): void {
    const { noReturn } = reel;
    if (noReturn === null) return;
    if (message.type === "refused") this.#refuse(message.why);
    if (message.type === "trial")
      reel.noReturn = { ...noReturn, trials: [...noReturn.trials, message.trial] };
    if (message.type === "no-return") {
      reel.noReturn = { ...noReturn, found: message.found };
      this.cancel();
    }
    this.#listener.changed();
  }

  #refuse(why: string): void {
    this.cancel();
    this.#listener.refused(why);
  }
}
