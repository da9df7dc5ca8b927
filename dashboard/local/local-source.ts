// Films made here: the worker that runs the kernel, and the session that was asked of it.

import { Reel } from "../model/reel.ts";
import type { Session } from "../model/session.ts";
import type { CatalogueEntry, LocalMessage } from "./messages.ts";
import { openWorker, order } from "./open-worker.ts";

export interface LocalListener {
  catalogue(scenarios: readonly CatalogueEntry[], policies: readonly string[]): void;
  /** A film begins; frames come into the reel by themselves. */
  begins(reel: Reel, session: Session, document: string): void;
  grew(): void;
  /** Its verdict is known; the session as a scenario that expects it. */
  ended(document: string): void;
  refused(why: string): void;
}

export class LocalSource {
  #worker: Worker | null = null;
  #listener: LocalListener | null = null;
  #session: Session | null = null;
  #reel: Reel | null = null;

  listen(listener: LocalListener): void {
    this.#listener = listener;
    this.#start();
  }

  run(session: Session): void {
    this.#session = session;
    this.#reel = null;
    if (this.#worker !== null) order(this.#worker, { type: "run", session });
  }

  /** May be called twice. */
  close(): void {
    this.#worker?.terminate();
    this.#worker = null;
  }

  #start(): void {
    this.#worker = openWorker({
      told: (message) => this.#receive(message),
      ended: (why) => this.#listener?.refused(why),
    });
    order(this.#worker, { type: "catalogue" });
  }

  #receive(message: LocalMessage): void {
    const listener = this.#listener;
    switch (message.type) {
      case "catalogue":
        listener?.catalogue(message.scenarios, message.policies);
        return;
      case "title":
        this.#reel = new Reel(message.title);
        this.#reel.healable = message.healable;
        if (this.#session !== null) listener?.begins(this.#reel, this.#session, message.document);
        return;
      case "frames":
        this.#reel?.append(message.frames);
        if (this.#reel !== null) this.#reel.closure = message.closure;
        listener?.grew();
        return;
      case "end":
        // Of a run that was given up for another there may be a last word on the way.
        if (this.#reel === null) return;
        Object.assign(this.#reel, { end: message.end, closure: message.closure });
        listener?.ended(message.document);
        return;
      case "refused":
        listener?.refused(message.why);
        return;
      case "trial":
      case "no-return":
        // Asked of another worker.
        return;
    }
  }
}
