// The threads of a relay in the path of swap, and its sockets.

import type { Frame, Machine, Task } from "#kernel/index.ts";

interface RelayFrame extends Frame {
  readonly from: number;
  readonly to: number;
}

const relayFrameOf = ({ stack }: Task): RelayFrame | undefined =>
  stack.find((frame): frame is RelayFrame => frame.type === "task.relay");

export const isRelay = (task: Task): boolean => relayFrameOf(task) !== undefined;

/** Those that carry something, each one way. */
export const relayThreads = ({ sched }: Machine): readonly Task[] =>
  sched
    .tasks()
    .filter((task) => task.state !== "finished" && (relayFrameOf(task)?.from ?? -1) >= 0);

/** At the other ends of which nobody is who could do without them. */
export const relaySocks = (machine: Machine): readonly number[] =>
  relayThreads(machine).flatMap((task) => {
    const { from = -1, to = -1 } = relayFrameOf(task) ?? {};
    return [from, to];
  });
