// Where a swap server keeps the bytes of one export.
//
// Reads and writes are done when the call returns, as far as other readers can tell; what must be waited for (stable storage,
// gigabytes of zeroes in a file) is a promise. A store throws what its host says; who calls it makes NBD errors of that.

import type { NbdExtent } from "#wire/nbd/frame.ts";

export interface Store {
  readonly sizeBytes: number;
  /** The bytes, as slices that may be the store's own: sent, not written to. */
  read(offsetBytes: number, lenBytes: number): readonly Uint8Array[];
  write(offsetBytes: number, data: readonly Uint8Array[]): void;
  /** Reads as zeroes from now on. Null: done. */
  zero(offsetBytes: number, lenBytes: number): Promise<void> | null;
  /** These bytes are not needed any more; they may read as zeroes or as before. */
  trim(offsetBytes: number, lenBytes: number): void;
  /** Everything written before is on stable storage. Null: there is nothing to wait for. */
  flush(): Promise<void> | null;
  /** Which parts hold data, from `offsetBytes` on; at least one extent, at most `extentsMax`. */
  extents(range: ExtentsAsked): readonly NbdExtent[];
  /** Begin again with zeroes, as a server that lost what it had. */
  forget(): void;
  close(): void;
}

export interface ExtentsAsked {
  readonly offsetBytes: number;
  readonly lenBytes: number;
  readonly extentsMax: number;
}
