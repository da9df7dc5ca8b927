// The cluster as the API sees it: nodes, their views, and faults with leases. What talks to nodes implements it.

export interface FleetNode {
  readonly name: string;
  readonly role: string;
  /** connected: its machine runs. ended: its run is over, and this is how it was. lost: it was gone before its run was over. */
  readonly state: "connected" | "ended" | "lost";
  /** ms since 1970: since when it is in that state. */
  readonly sinceMs: number;
  /** Run that it takes part in; null: none. */
  readonly run: string | null;
  /** Latest numbers by the names of the scenario language: `mem.free`, `vmstat.pswpout`, `svc.requests`. */
  readonly values: Readonly<Record<string, number>>;
}

export interface HeldFault {
  readonly id: string;
  readonly name: string;
  /** As scenarios write it: `A->C`, `C`. */
  readonly target: string;
  readonly args: Readonly<Record<string, string>>;
  /** ms since 1970. */
  readonly openedAtMs: number;
  /** ms since 1970: it heals itself then, unless it is renewed. */
  readonly leaseUntilMs: number;
  /** Who opened it: the run that goes on, by its timeline, or somebody by hand. */
  readonly by: "run" | "hand";
}

export interface FaultWish {
  readonly name: string;
  readonly target: string;
  readonly args: Readonly<Record<string, string>>;
  readonly leaseMs: number;
}

/** Throw Problem where what is asked cannot be. */
export interface Fleet {
  nodes(): readonly FleetNode[];
  /** A view under /proc of an emulated machine. */
  proc(node: string, view: string): Promise<string>;
  dmesg(node: string, hungTaskTimeoutS: number): Promise<string>;
  faults(): readonly HeldFault[];
  addFault(wish: FaultWish): Promise<HeldFault>;
  renewFault(id: string, leaseMs: number): Promise<HeldFault>;
  healFault(id: string): Promise<void>;
  /** All of them; how many there were. */
  healAll(): Promise<number>;
}
