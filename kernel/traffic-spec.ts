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
  /** Whether it goes over sockets that must be heard (SO_CRITICAL), and says that the machine is in emergency while it runs. */
  readonly isCritical: boolean;
  /** When it starts, in ns since the run's start; null: only when a load order names it. */
  readonly startNs: number | null;
  /** How long it lasts in ns; null: until the run is judged. */
  readonly forNs: number | null;
  /** Its connections when it stops: reset, or left open with all that lies in them. Datagrams have none. */
  readonly onStop: "reset" | "stay";
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
