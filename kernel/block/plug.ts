// Requests that a task holds back while it builds them, over all devices of a machine. Linux: blk_start_plug(),
// blk_flush_plug(), block/blk-core.c.
//
// Who lets go of them sends them himself where the policy says that submitters send (2.6.12); else a thread of the driver
// is woken. A task that goes to sleep lets go of its own. What nobody can send, for want of a connection, is left to a thread
// of the driver and waited for by nobody: whoever makes the connection may be the one that reclaims.

import { answer, call, type Outcome, type Programs } from "../sched/program.ts";
import type { Scheduler } from "../sched/scheduler.ts";
import type { Frame, Task } from "../sched/task.ts";
import type { NbdDevice } from "./nbd-device.ts";
import { nbdSendFrame } from "./nbd-send.ts";

interface UnplugFrame extends Frame {
  readonly type: "block.unplug";
  at?: "send";
}

export function registerPlug(
  programs: Programs,
  sched: Scheduler,
  devices: readonly NbdDevice[],
): void {
  programs.add("block.unplug", {
    step: (frame: UnplugFrame, task: Task) => unplug(devices, frame, task),
  });
  sched.onSleep = (task) => {
    for (const { parts } of devices) if (parts.queue.unplug(task)) parts.queue.workWait.wakeOne();
  };
}

function unplug(devices: readonly NbdDevice[], frame: UnplugFrame, task: Task): Outcome {
  if (frame.at === undefined && !release(devices, task)) return answer(task, 0);
  frame.at = "send";
  for (const device of devices) {
    const { parts } = device;
    if (parts.criticality.sender === "thread") continue;
    const request = device.takesRequests ? parts.queue.takePending() : null;
    if (request !== null) return call(task, nbdSendFrame(parts.prefix, request));
  }
  return answer(task, 0);
}

/** Whether the task held anything back. */
function release(devices: readonly NbdDevice[], task: Task): boolean {
  let some = false;
  for (const { parts } of devices) {
    if (!parts.queue.unplug(task)) continue;
    some = true;
    if (parts.criticality.sender === "thread") parts.queue.workWait.wakeOne();
  }
  return some;
}
