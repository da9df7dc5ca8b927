// How agents and coordinators write socket.io's packets: each is one frame of v8's serializer.
//
// socket.io's own way has no word for some numbers of a machine, and writes bytes in a frame besides the one that announces
// them; a coordinator that hears two thousand samples a second would take four thousand frames.

import { EventEmitter } from "node:events";
import { deserialize, serialize } from "node:v8";

type Packet = Readonly<Record<"type" | "nsp" | "data" | "id", unknown>>;

class Encoder {
  encode(packet: Packet): Buffer[] {
    const { type, nsp, data, id } = packet;
    return [serialize({ type, nsp, data, id })];
  }
}

/** Tells of `decoded`; throws on what is no packet, whereupon socket.io ends that connection. */
class Decoder extends EventEmitter {
  add(frame: unknown): void {
    const packet: unknown = frame instanceof Uint8Array ? deserialize(frame) : null;
    if (!isPacket(packet)) throw new Error("not a packet");
    this.emit("decoded", packet);
  }

  /** There is nothing to destroy: no packet has two frames. */
  destroy(): void {
    this.removeAllListeners();
  }
}

interface FrameEncoder {
  encode(packet: Packet): Uint8Array[];
}

interface FrameDecoder {
  on(event: "decoded", listener: (packet: Packet) => void): unknown;
  add(frame: unknown): void;
  destroy(): void;
}

/** For both ends: `parser` of socket.io's options. Of Node's own types its declaration has none. */
export const packetFrames: Readonly<Record<"Encoder", new () => FrameEncoder>> &
  Readonly<Record<"Decoder", new () => FrameDecoder>> = {
  ["Encoder"]: Encoder,
  ["Decoder"]: Decoder,
};

/** socket.io-parser's types: connect, disconnect, event, ack, and refusal of a connection. */
const [CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR] = [0, 1, 2, 3, 4];
/** As socket.io-parser has them: only EventEmitter and socket.io itself emit these. */
const RESERVED: ReadonlySet<unknown> = new Set([
  "connect",
  "connect_error",
  "disconnect",
  "disconnecting",
  "newListener",
  "removeListener",
]);

function isPacket(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { type, nsp, data, id }: Partial<Packet> = value;
  if (typeof nsp !== "string" || (id !== undefined && !Number.isSafeInteger(id))) return false;
  switch (type) {
    case CONNECT:
      return data === undefined || isFields(data);
    case DISCONNECT:
      return data === undefined;
    case EVENT:
      return Array.isArray(data) && typeof data[0] === "string" && !RESERVED.has(data[0]);
    case ACK:
      return Array.isArray(data);
    case CONNECT_ERROR:
      return typeof data === "string" || isFields(data);
    default:
      return false;
  }
}

const isFields = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value);
