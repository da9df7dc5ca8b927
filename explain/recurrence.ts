// What of a machine's state makes a difference, as a text: equal texts at several instants mean that the same goes on and
// on. Left out are clocks, counters, how far a timer has backed off, and where in its loop a task is that asks for memory
// again and again.

import type { Machine, Task } from "#kernel/index.ts";
import { allocationsOf } from "./probe.ts";

export function fingerprintOf(machine: Machine): string {
  const { memory, net, sched, storage } = machine;
  const { frames, pages } = memory.parts;
  const requests = (storage.swap?.queue.all() ?? []).map(
    ({ tag, serial, op, state }) => `${tag} ${serial} ${op} ${state}`,
  );
  const socks = net
    .socks()
    .map((sock) => [sock.id, sock.state, sock.rcvNxt, sock.copiedSeq, sock.sndUna, sock.writeSeq]);
  return JSON.stringify([
    pages.freePages,
    Array.from(frames.pagesByKind),
    net.cards.rings.map(({ filled }) => filled),
    requests,
    socks,
    sched.tasks().map(taskPrint),
  ]);
}

function taskPrint(task: Task): string {
  const { state, wait, stack } = task;
  if (state === "finished") return state;
  const [alloc] = allocationsOf(task);
  const isAsking = alloc !== undefined && (wait === null || NAPS.has(wait.on));
  const depth = isAsking ? stack.indexOf(alloc) + 1 : stack.length;
  const types = stack.slice(0, depth).map(({ type }) => type);
  if (isAsking) return `asks ${types.join(" ")}`;
  if (wait === null || NAPS.has(wait.on)) return `runs ${types[0] ?? ""}`;
  return `${wait.on} ${wait.what} ${types.join(" ")}`;
}

/** Sleeps that end by themselves. */
const NAPS: ReadonlySet<string> = new Set([
  "throttle",
  "reclaim-throttle",
  "vm-writeout",
  "oom-retry",
  "sleep",
  "kswapd-idle",
]);
