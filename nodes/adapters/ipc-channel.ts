// The IPC channel that `child_process.fork` gives a process: structured clones, in order, gone when the parent is.

import type { Report } from "#wire/control/command.ts";
import type { ControlChannel } from "../control-channel.ts";

/** null: this process was not forked by anybody. */
export function ipcChannel(): ControlChannel | null {
  if (process.send === undefined) return null;
  return {
    send: (report: Report) => {
      // A message to a parent that is going cannot be delivered; `disconnect` says so.
      if (process.connected) process.send?.(report, undefined, undefined, () => undefined);
    },
    onMessage: (listener) => {
      process.on("message", listener);
    },
    onGone: (listener) => {
      // A parent that was killed while we were loading is gone already, and nobody will say so again.
      if (process.connected) process.on("disconnect", listener);
      else setImmediate(listener);
    },
    close: () => {
      if (process.connected) process.disconnect();
    },
  };
}
