// What crosses a machine's skin: events it is told, effects it asks for. Nothing else passes.
//
// A stream is one TCP connection as this machine numbers it: even numbers were opened by the machine itself, odd ones by
// whoever carries its bytes (the simulator, the container's sockets). Bytes are slices that nobody changes afterwards.

export type MachineEvent =
  | { readonly type: "boot" }
  /** A deadline of the machine's own has come. */
  | { readonly type: "timer" }
  /** The peer's host took our connection. */
  | { readonly type: "connected"; readonly stream: number }
  /** `peer` opened a connection to our `port`. */
  | {
      readonly type: "incoming";
      readonly stream: number;
      readonly peer: string;
      readonly port: number;
    }
  | { readonly type: "received"; readonly stream: number; readonly bytes: Uint8Array }
  /** The peer's host took this many more of the bytes that we sent. */
  | { readonly type: "sent"; readonly stream: number; readonly countBytes: number }
  | { readonly type: "closed"; readonly stream: number; readonly errno: string | null }
  | {
      readonly type: "datagram";
      readonly peer: string;
      readonly fromPort: number;
      readonly port: number;
      readonly bytes: Uint8Array;
    }
  /** A fault begins, changes or heals on the directed link `from` -> `to`; one of the two is this machine. */
  | { readonly type: "link"; readonly from: string; readonly to: string; readonly state: LinkState }
  /** A fault begins or heals at this machine's swap server. */
  | { readonly type: "store"; readonly state: StoreState }
  /** Start or stop a load of this machine by its name. */
  | { readonly type: "load"; readonly name: string; readonly action: "start" | "stop" }
  /** From now on an open load of this machine has another rate; null: the one it was made with. */
  | { readonly type: "rate"; readonly name: string; readonly ratePerSec: number | null }
  /** From now on so many pages are kept from the machine, as a hypervisor does by a balloon. */
  | { readonly type: "balloon"; readonly pages: number }
  /** A program beside its own begins; null: it is killed. */
  | { readonly type: "hog"; readonly id: string; readonly hog: Hog | null }
  /** Its power is cut, or back: then it boots. */
  | { readonly type: "power"; readonly on: boolean }
  /** An order from outside: freeze or go on. */
  | { readonly type: "pause"; readonly paused: boolean };

export type Effect =
  | {
      readonly type: "connect";
      readonly stream: number;
      readonly peer: string;
      readonly port: number;
    }
  | { readonly type: "send"; readonly stream: number; readonly bytes: Uint8Array }
  /** The machine can take this many more bytes of the stream. */
  | { readonly type: "grant"; readonly stream: number; readonly countBytes: number }
  | { readonly type: "close"; readonly stream: number; readonly reset: boolean }
  | {
      readonly type: "datagram";
      readonly peer: string;
      readonly fromPort: number;
      readonly port: number;
      readonly bytes: Uint8Array;
    };

/** A program that writes so many pages again and again. */
export interface Hog {
  readonly pages: number;
  /** Pages per second, once it has written each of them. */
  readonly touchPerSec: number;
}

/** How one direction of a link treats what it carries. */
export interface LinkState {
  readonly latencyNs: number;
  /** Uniform extra delay, 0 ≤ extra < jitterNs; order within a stream is kept. */
  readonly jitterNs: number;
  readonly bandwidthBytesPerSec: number;
  /** Segments lost per million. */
  readonly lossPerMillion: number;
  /** Nothing passes; what was sent is lost, and TCP sends it again. */
  readonly cut: boolean;
  /** Nothing passes; what was sent waits and arrives when released. */
  readonly held: boolean;
  /** Whoever sends a segment of a connection loses it: both ends are reset. */
  readonly resets: boolean;
}

/** How a swap server answers: its store, its process and its listener. */
export interface StoreState {
  /** Time from request to answer, in ns. */
  readonly latencyNs: number;
  /** Uniform extra time, 0 ≤ extra < jitterNs. */
  readonly jitterNs: number;
  /** Requests per million that take tailNs longer still. */
  readonly tailPerMillion: number;
  readonly tailNs: number;
  /** Payload the store reads and writes, one request after the other; null: as fast as it comes. */
  readonly bandwidthBytesPerSec: number | null;
  /** Requests per million that are answered EIO. */
  readonly failPerMillion: number;
  /** Changes are answered ENOSPC. */
  readonly full: boolean;
  /** Reads per million in which one byte is wrong. */
  readonly corruptPerMillion: number;
  /** The server process is stopped; its host still acknowledges what it receives. */
  readonly stalled: boolean;
  /** New connections are reset; those that are open go on. */
  readonly refusing: boolean;
  /** A connection is reset where a request on it would be answered. */
  readonly dropping: boolean;
  /** The next reply of each connection stops half way; it goes on from there. */
  readonly hanging: boolean;
  /** Whether the process runs. While it does not, connections are reset; "data-lost" began with an empty store. */
  readonly process: "up" | "data-kept" | "data-lost";
}
