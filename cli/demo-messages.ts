// What the thread that draws the demonstration and the one that runs it say to each other.

import type { Marks, PagesByOwner } from "./machine-picture.ts";
import type { RunReport } from "./run-report.ts";

export interface DemoAssignment {
  readonly file: string;
  /** The scenario. */
  readonly text: string;
  readonly variant: string;
  readonly seed: number;
}

/** Distance of two frames while there is something to see, in ns of virtual time. */
export const FRAME_NS = 100_000_000;

/** A at an instant. */
export interface DemoFrame {
  readonly atNs: number;
  readonly phase: string;
  readonly pages: PagesByOwner;
  readonly marks: Marks;
  readonly ringFilled: number;
  readonly ringSize: number;
  /** Swap requests that are not answered. */
  readonly inFlight: number;
  /** Service requests answered since the start. */
  readonly requests: number;
  /** Useful progress since the start. */
  readonly useful: number;
}

export type DemoMessage =
  /** Before the first frame: what the variant is, and until when there is something to see. */
  | { readonly type: "about"; readonly about: string; readonly spanNs: number }
  | { readonly type: "frame"; readonly frame: DemoFrame }
  | { readonly type: "report"; readonly report: RunReport };

/** Phase of the scenario in which the swap server is away. */
export const AWAY_PHASE = "outage";
