// A node as its controller talks to it: a question gets its answer, and a node that is gone fails whatever was asked of it.

import { UnwedgeError } from "#base/error.ts";
import type { Answer, Command } from "#wire/control/command.ts";
import { decodeReport } from "#wire/control/decode.ts";
import type { NodeChannel } from "../../nodes/forked/index.ts";

/** A node that says nothing for so long is taken for dead: it reports four times a second, whatever its machine does. */
const SILENCE_MS_MAX = 30_000;

interface Asked {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

type AnswerOf<T extends Answer["type"]> = Extract<Answer, { readonly type: T }>;

export class NodeLink {
  readonly name: string;
  /** Why it is gone; null: it is there. */
  gone: string | null = null;
  readonly #channel: NodeChannel;
  readonly #asked = new Map<number, Asked>();
  #next = 1;

  constructor(name: string, channel: NodeChannel) {
    this.name = name;
    this.#channel = channel;
    channel.onMessage((message) => this.#receive(message));
    channel.onGone((why) => this.#lose(why));
  }

  /** Rejects when the node cannot do it, is gone, or is silent for too long. */
  async ask<T extends Answer["type"]>(command: Command, type: T): Promise<AnswerOf<T>> {
    const answer = await this.#ask(command);
    if (isAnswer(answer, type)) return answer;
    const said = answer.type === "failed" ? answer.message : `an answer of type ${answer.type}`;
    throw new UnwedgeError("unavailable", `node ${this.name}: ${command.type}: ${said}`);
  }

  async close(): Promise<void> {
    if (this.gone === null) {
      await Promise.race([
        this.#ask({ type: "stop" }).catch(() => undefined),
        new Promise((resolve) => {
          setTimeout(resolve, STOP_MS).unref();
        }),
      ]);
    }
    await this.#channel.close();
  }

  #ask(command: Command): Promise<Answer> {
    if (this.gone !== null) return Promise.reject(this.#lost());
    const n = this.#next++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#lose("it does not answer"), SILENCE_MS_MAX);
      this.#asked.set(n, { resolve, reject, timer });
      this.#channel.send({ n, command });
    });
  }

  #receive(message: unknown): void {
    const report = decodeReport(message);
    if (report?.type === "dying") this.#lose(report.message);
    if (report?.type !== "answer") return;
    const asked = this.#asked.get(report.n);
    this.#asked.delete(report.n);
    clearTimeout(asked?.timer);
    asked?.resolve(report.answer);
  }

  #lose(why: string): void {
    this.gone ??= why;
    for (const { reject, timer } of this.#asked.values()) {
      clearTimeout(timer);
      reject(this.#lost());
    }
    this.#asked.clear();
  }

  #lost(): UnwedgeError {
    return new UnwedgeError("unavailable", `node ${this.name} is gone: ${this.gone ?? ""}`);
  }
}

/** How long a node is given to close its sockets. */
const STOP_MS = 2_000;

const isAnswer = <T extends Answer["type"]>(answer: Answer, type: T): answer is AnswerOf<T> =>
  answer.type === type;
