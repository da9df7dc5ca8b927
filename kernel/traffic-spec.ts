// Load from one host on a service of another, as plain data.
//
// Open load comes when it comes, whether or not anybody answers; closed load waits for each answer and so dies down by itself.
// The arrival patterns are those of traffic/patterns, by name: the machine never draws them, whoever drives it does.

export interface TrafficSpec {
  /** Unique in the cluster. */
  readonly id: string;
  readonly to: {
    readonly machine: string;
    /** Name of a service task on that machine. */
    readonly service: string;
    /** Where that service listens. */
    readonly port: number;
  };
  readonly protocol: "http" | "udp";
  /** Connections, or flows of datagrams, the load is spread over in turn. */
  readonly connections: number;
  /** Body of one request, or one datagram, in bytes. */
  readonly payloadBytes: number;
  readonly load: OpenLoad | ClosedLoad;
  /** When it starts, in ns since the run's start; null: only when a load order names it. */
  readonly startNs: number | null;
  /** How long it lasts in ns; null: until the run is judged. */
  readonly forNs: number | null;
}

export interface OpenLoad {
  readonly model: "open";
  readonly pattern: "constant" | "poisson" | "burst";
  /** Requests per second over all connections, at the start. 0: none. */
  readonly ratePerSec: number;
  /** Changes of the rate, one after another: from what it was to `toPerSec`, evenly over `overNs`. */
  readonly ramp: readonly { readonly toPerSec: number; readonly overNs: number }[];
}

export interface ClosedLoad {
  readonly model: "closed";
  /** From an answer to the next request of the same connection, in ns. */
  readonly thinkNs: number;
}
