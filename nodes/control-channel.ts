// The way to a node's controller, whatever carries it: the IPC channel of a forked process, a socket.io connection.

import type { Report } from "#wire/control/command.ts";

export interface ControlChannel {
  send(report: Report): void;
  /** Called with each message as it came; it is decoded here and nowhere else. */
  onMessage(listener: (message: unknown) => void): void;
  /** The controller is gone for good. */
  onGone(listener: () => void): void;
  close(): void;
}
