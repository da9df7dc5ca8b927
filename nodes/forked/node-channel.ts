// The way to a node, whatever carries it: the IPC channel of a process we forked, a socket.io connection.

import type { Numbered } from "#wire/control/command.ts";

export interface NodeChannel {
  send(message: Numbered): void;
  onMessage(listener: (message: unknown) => void): void;
  /** The node is gone for good, and why. */
  onGone(listener: (why: string) => void): void;
  /** The node ends, whatever it does; resolves when it has. May be called twice. */
  close(): Promise<void>;
}
