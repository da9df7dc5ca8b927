// A node as its controller talks to it: a question gets its answer, a node that is gone fails whatever was asked of it, and
// what it says unasked is handed on.

import { UnwedgeError } from "#base/error.ts";
import type { Answer, Command } from "#wire/control/command.ts";
import { decodeReport } from "#wire/control/decode.ts";
import type { WrittenSample } from "#wire/telemetry/written-sample.ts";
import type { NodeChannel } from "../../nodes/forked/index.ts";

/** A node that says nothing for so long is taken for dead. */
const SILENCE_MS_MAX = 30_000;

interface Asked {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** Who is told what a node says unasked. */
export interface Listener {
  sample(sample: WrittenSample): void;
  gone(error: Error): void;
}

type AnswerOf<T extends Answer["type"]> = Extract<Answer, { readonly type: T }>;

export class NodeLink {
  readonly name: string;
  /** Why it is gone; null: it is there. */
  gone: string | null = null;
  readonly #channel: NodeChannel;
  readonly #asked = new Map<number, Asked>();
  readonly #listener: Listener;
  #next = 1;
  /** Since its machine's last word; null: it does not run. */
  #silence: NodeJS.Timeout | null = null;

  constructor(name: string, channel: NodeChannel, listener: Listener) {
    this.name = name;
    this.#channel = channel;
    this.#listener = listener;
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

  /** Its machine boots; from now on it says how it is. */
  async go(sampleEveryNs: number): Promise<void> {
    this.#silence = setTimeout(() => this.#lose("it says nothing"), SILENCE_MS_MAX);
    await this.ask({ type: "go", sampleEveryNs }, "done");
  }

  /** The node is somebody else's from now on; what was asked of it stays unanswered. */
  abandon(): void {
    this.#hush();
    for (const { timer } of this.#asked.values()) clearTimeout(timer);
    this.#asked.clear();
    void this.#channel.close();
  }

  async close(): Promise<void> {
    this.#hush();
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
    switch (report?.type) {
      case "sample":
        this.#silence?.refresh();
        this.#listener.sample(report.sample);
        break;
      case "answer":
        this.#resolve(report.n, report.answer);
        break;
      case "dying":
        this.#lose(report.message);
        break;
      case "alive":
      case undefined:
        break;
    }
  }

  #resolve(n: number, answer: Answer): void {
    const asked = this.#asked.get(n);
    this.#asked.delete(n);
    clearTimeout(asked?.timer);
    asked?.resolve(answer);
  }

  #hush(): void {
    if (this.#silence !== null) clearTimeout(this.#silence);
    this.#silence = null;
  }

  #lose(why: string): void {
    this.gone ??= why;
    for (const { reject, timer } of this.#asked.values()) {
      clearTimeout(timer);
      reject(this.#lost());
    }
    this.#asked.clear();
    this.#hush();
    this.#listener.gone(this.#lost());
  }

  #lost(): UnwedgeError {
    return new UnwedgeError("unavailable", `node ${this.name} is gone: ${this.gone ?? ""}`);
  }
}

/** How long a node is given to close its sockets. */
const STOP_MS = 2_000;

const isAnswer = <T extends Answer["type"]>(answer: Answer, type: T): answer is AnswerOf<T> =>
  answer.type === type;
