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
}

/** How a swap server's store answers. */
export interface StoreState {
  /** Time from request to answer, in ns. */
  readonly latencyNs: number;
  /** The server process is stopped; its host still acknowledges what it receives. */
  readonly stalled: boolean;
}
