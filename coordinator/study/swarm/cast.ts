// What the parts of a drawn scenario have in common.

/** A scenario, or a part of one, before anybody has checked it. */
export type Document = Record<string, unknown>;

/** Who takes part. */
export interface Cast {
  readonly machines: readonly string[];
  readonly clients: readonly string[];
  readonly servers: readonly string[];
}
