// The kernel log of an emulated machine as far as its present state tells it: hung tasks, requests stuck at the network block
// device, a refused allocation, OOM kills that the ring of events still has. Linux 6.1: kernel/hung_task.c, nbd_xmit_timeout()
// of drivers/block/nbd.c, warn_alloc() and __oom_kill_process() of mm/.
//
// Not modelled: a log that remembers. What has passed and left no trace in the state is not told; the refused allocation is
// the last one, under the present time, because a refusal keeps no time of its own.

import { fromS } from "#base/units.ts";
import type { Machine } from "../machine.ts";
import { __GFP_NOWARN, gfpName } from "../mm/gfp.ts";
import type { Task } from "../sched/task.ts";
import { kib } from "./counts.ts";
import { memInfo } from "./mem-info.ts";
import { functionsOf, pidOf, SLEEPS, stateOf } from "./stack.ts";

/** CONFIG_DEFAULT_HUNG_TASK_TIMEOUT, lib/Kconfig.debug. */
const HUNG_TASK_TIMEOUT_S = 120;
/** sysctl_hung_task_warnings, kernel/hung_task.c. */
const HUNG_TASK_WARNINGS = 10;
/** Without a timeout of its own a request is looked at as often as the queue looks: blk_queue_rq_timeout(), 30 s. */
const STUCK_REQUEST_S = 30;

export interface DmesgOptions {
  readonly nowNs: number;
  /** kernel.hung_task_timeout_secs; 0 turns the watch off. */
  readonly hungTaskTimeoutS?: number;
}

interface Message {
  readonly atNs: number;
  readonly lines: readonly string[];
}

export function dmesg(machine: Machine, options: DmesgOptions): string {
  const { nowNs, hungTaskTimeoutS = HUNG_TASK_TIMEOUT_S } = options;
  const messages: Message[] = [
    { atNs: 0, lines: [banner(machine)] },
    ...hungTasks(machine, nowNs, hungTaskTimeoutS),
    ...stuckRequests(machine, nowNs),
    ...oomKills(machine),
    ...refused(machine, nowNs),
  ];
  // Messages of one instant stay in the order in which they were gathered: sort() is stable.
  messages.sort((a, b) => a.atNs - b.atNs);
  return messages
    .flatMap(({ atNs, lines }) => lines.map((line) => `${stamp(atNs)}${line}\n`))
    .join("");
}

/** What says that no Linux printed this. */
const banner = ({ spec }: Machine): string =>
  `Unwedge: emulated machine ${spec.name}, messages in the form of Linux 6.1; no kernel runs here`;

/** "[%5lu.%06lu] ", print_time() of kernel/printk/printk.c. */
function stamp(atNs: number): string {
  const us = Math.floor(atNs / 1000);
  const seconds = String(Math.floor(us / 1_000_000)).padStart(5);
  return `[${seconds}.${String(us % 1_000_000).padStart(6, "0")}] `;
}

function hungTasks({ sched }: Machine, nowNs: number, timeoutS: number): Message[] {
  if (timeoutS === 0) return [];
  const timeoutNs = fromS(timeoutS);
  const found: Message[] = [];
  // khungtaskd looks once each timeout, and a task is hung that it has seen asleep in the same sleep for that long.
  for (let atNs = timeoutNs; atNs <= nowNs; atNs += timeoutNs)
    for (const task of sched.tasks())
      if (isHung(task, atNs - timeoutNs)) found.push({ atNs, lines: hungLines(task, atNs) });
  return found.slice(0, HUNG_TASK_WARNINGS);
}

const isHung = ({ wait }: Task, sinceNs: number): boolean =>
  wait !== null && SLEEPS[wait.on].isWatched && wait.sinceNs <= sinceNs;

function hungLines(task: Task, atNs: number): string[] {
  const asleepS = Math.floor((atNs - (task.wait?.sinceNs ?? atNs)) / fromS(1));
  const flags = task.flags.toString(16).padStart(8, "0");
  return [
    `INFO: task ${task.name}:${pidOf(task)} blocked for more than ${asleepS} seconds.`,
    "      Not tainted 6.1-emulated",
    '"echo 0 > /proc/sys/kernel/hung_task_timeout_secs" disables this message.',
    `task:${task.name.slice(0, 15).padEnd(15)} state:${stateOf(task)} stack:0     pid:${String(pidOf(task)).padEnd(5)} ppid:2      flags:0x${flags}`,
    "Call Trace:",
    " <TASK>",
    ...functionsOf(task).map((name) => ` ${name}`),
    " </TASK>",
  ];
}

/** One for each 30 s that a request has been out and unanswered. The pointer that %p would print is its tag. */
function stuckRequests({ storage }: Machine, nowNs: number): Message[] {
  const disk = storage.swap;
  if (disk === null || disk.device.parts.timeoutNs !== null) return [];
  const found: Message[] = [];
  for (const { tag, op, state, firstSlot, pfns, sentNs } of disk.queue.all()) {
    if (state !== "sent" && state !== "sending") continue;
    for (let s = STUCK_REQUEST_S; sentNs + fromS(s) <= nowNs; s += STUCK_REQUEST_S) {
      const pointer = tag.toString(16).padStart(16, "0");
      const at = `${op}@${kib(firstSlot) * 1024},${kib(pfns.length) * 1024}B`;
      const line = `block nbd0: Possible stuck request ${pointer}: control (${at}). Runtime ${s} seconds`;
      found.push({ atNs: sentNs + fromS(s), lines: [line] });
    }
  }
  return found;
}

function oomKills({ trace, memory, sched }: Machine): Message[] {
  return trace
    .recent()
    .filter(({ name }) => name === "oom.kill")
    .map(({ atNs, a, b }) => {
      const space = memory.spaceOf(a);
      const victim = sched.tasks().find(({ spaceId }) => spaceId === a);
      const who = `Killed process ${victim === undefined ? 0 : pidOf(victim)} (${space.name})`;
      const sizes = `total-vm:${kib(space.pageCount)}kB, anon-rss:${kib(b)}kB, file-rss:0kB, shmem-rss:0kB`;
      return {
        atNs,
        lines: [`Out of memory: ${who} ${sizes}, UID:0 pgtables:0kB oom_score_adj:0`],
      };
    });
}

/** Refusals that may be told: most of the network's may not (__GFP_NOWARN), in Linux as here. */
function refused(machine: Machine, nowNs: number): Message[] {
  const { count, order, gfp } = machine.memory.parts.pages.lastRefusal;
  if (count === 0 || (gfp & __GFP_NOWARN) !== 0) return [];
  const mode = `mode:0x${gfp.toString(16)}(${gfpName(gfp)})`;
  const line = `${machine.spec.name}: page allocation failure: order:${order}, ${mode}, nodemask=(null)`;
  return [{ atNs: nowNs, lines: [line, ...memInfo(machine)] }];
}
