// An accepted socket that reads into buffers of ours instead of new ones: at small requests that is a third of what a read costs.
//
// Node has it for sockets that connect (`onread` of net.connect) but offers no way to ask for it when one is accepted. So the
// accepted socket hands its handle on to a second one that is made with it. If a future Node has no such handle, the socket
// is used as it is, with buffers that Node makes.

import { Socket } from "node:net";

export interface SocketReader {
  /** The buffer for the reads to come, where it changes; else undefined. Asked after each read, and once before the first. */
  readonly nextBuffer: () => Buffer | undefined;
  /** What was read, into the buffer that was current. */
  readonly onRead: (lenBytes: number, buffer: Uint8Array) => boolean;
}

/** Whether bytes will come through `reader`, or as "data" events. */
export interface ReadingSocket {
  readonly socket: Socket;
  readonly isDirect: boolean;
}

export function directSocket(accepted: Socket, reader: SocketReader): ReadingSocket {
  const handle: unknown = Reflect.get(accepted, "_handle");
  if (typeof handle !== "object" || handle === null) return { socket: accepted, isDirect: false };
  Reflect.set(accepted, "_handle", null);
  accepted.destroy();
  const onread = { buffer: reader.nextBuffer, callback: reader.onRead };
  const options = { allowHalfOpen: false, handle, onread };
  return { socket: new Socket(options), isDirect: true };
}
