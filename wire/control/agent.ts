// What an agent of a node and the coordinator say to each other: which machine starts, what it is ordered, what it reports.
//
// An agent outlives runs; a machine lives for one. Commands and reports are those of command.ts, carried in the words of
// node:v8's structured clone, as over IPC: numbers that JSON has no word for arrive as they are.

import type { Numbered, Report } from "./command.ts";

/** Where on the coordinator's server agents connect: apart from everything that pages are told. */
export const AGENTS_PATH = "/nodes/socket.io";

/** An agent that is silent for so long is gone, and one that hears nothing for so long ends its machine. */
export const AGENT_LEASE_MS = 10_000;

/** Who an agent says it is when it connects. */
export interface Introduction {
  readonly name: string;
  /** Its address on the network that machines talk over. */
  readonly address: string;
  /** Of the program: machines of two versions are not of one run. */
  readonly version: string;
  /** Another one for every start, so that an agent that comes back is told from one that has its name. */
  readonly instance: string;
  readonly pid: number;
}

export interface ToAgent {
  /** A machine of its own, to be told from any other by `machine`; answered with why not, or null. */
  start(machine: string, answer: (refusal: string | null) => void): void;
  order(machine: string, order: Numbered): void;
  /** Answered when nothing of it is left. */
  end(machine: string, done: () => void): void;
}

export interface FromAgent {
  report(machine: string, report: Report): void;
  gone(machine: string, why: string): void;
  /** Writes to Redis that it has given up since it began. */
  lostWrites(count: number): void;
}

const NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;
const ADDRESS = /^[\da-fA-F.:]{2,45}$/;
const WORD = /^[\w.+-]{1,64}$/;

/** null: it is none. */
export function decodeIntroduction(value: unknown): Introduction | null {
  if (typeof value !== "object" || value === null) return null;
  const { name, address, version, instance, pid } = Object.fromEntries(Object.entries(value));
  const isSound =
    matches(name, NAME) &&
    matches(address, ADDRESS) &&
    matches(version, WORD) &&
    matches(instance, WORD) &&
    Number.isSafeInteger(pid);
  return isSound ? { name, address, version, instance, pid: Number(pid) } : null;
}

const matches = (value: unknown, pattern: RegExp): value is string =>
  typeof value === "string" && pattern.test(value);
