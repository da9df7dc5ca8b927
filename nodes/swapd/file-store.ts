// A store in a file: what is written is in the host's page cache when it is answered, and survives the death of this process;
// after a FLUSH, or a write with FUA, it is on the disk and survives that of the machine.
//
// Reads and writes are the host's, without waiting in between: a page that is not cached holds up the whole server, as it would
// a server of one thread. fdatasync is waited for beside it, and one call answers for everybody who asked before it began.
//
// Not modelled: holes (the host's own interface to them is not Node's), so TRIM is ignored, which the specification allows,
// and everything is said to be data.

import {
  closeSync,
  fdatasync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { setImmediate } from "node:timers/promises";
import { promisify } from "node:util";
import { UnwedgeError } from "#base/error.ts";
import { MIB } from "#base/units.ts";
import type { NbdExtent } from "#wire/nbd/frame.ts";
import type { ExtentsAsked, Store } from "./store.ts";

const ZEROES = new Uint8Array(MIB);
const sync = promisify(fdatasync);

export class FileStore implements Store {
  readonly sizeBytes: number;
  readonly #fd: number;
  #isClosed = false;
  #running: Promise<void> | null = null;
  /** Begins when the running one is through; for those who came after that one had begun. */
  #next: Promise<void> | null = null;
  /** After a sync that failed nobody knows what is on the disk (the host forgets that pages were dirty): nothing is promised again. */
  #broken: unknown = null;

  /** Opens `path`, or makes it `sizeBytes` long; a file that is there is made longer, never shorter. Null: as long as it is. */
  constructor(path: string, sizeBytes: number | null, mode: "r" | "r+") {
    this.#fd = openFile(path, mode);
    const foundBytes = fstatSync(this.#fd).size;
    this.sizeBytes = sizeBytes ?? foundBytes;
    if (this.sizeBytes === foundBytes) return;
    if (mode === "r" || this.sizeBytes < foundBytes) {
      closeSync(this.#fd);
      const why = `it has ${foundBytes} bytes, and is to have ${this.sizeBytes}`;
      throw new UnwedgeError("usage", `${path}: ${why}`);
    }
    ftruncateSync(this.#fd, this.sizeBytes);
    fsyncSync(this.#fd);
    syncFolder(dirname(path));
  }

  read(offsetBytes: number, lenBytes: number): readonly Uint8Array[] {
    const bytes = Buffer.allocUnsafe(lenBytes);
    for (let doneBytes = 0; doneBytes < lenBytes; ) {
      const gotBytes = readSync(
        this.#fd,
        bytes,
        doneBytes,
        lenBytes - doneBytes,
        offsetBytes + doneBytes,
      );
      // Somebody else made the file shorter.
      if (gotBytes === 0) bytes.fill(0, doneBytes);
      doneBytes += gotBytes === 0 ? lenBytes : gotBytes;
    }
    return [bytes];
  }

  write(offsetBytes: number, data: readonly Uint8Array[]): void {
    let atBytes = offsetBytes;
    for (const slice of data) {
      for (let doneBytes = 0; doneBytes < slice.length; )
        doneBytes += writeSync(
          this.#fd,
          slice,
          doneBytes,
          slice.length - doneBytes,
          atBytes + doneBytes,
        );
      atBytes += slice.length;
    }
  }

  zero(offsetBytes: number, lenBytes: number): Promise<void> | null {
    if (lenBytes > ZEROES.length) return this.#zeroSlowly(offsetBytes, lenBytes);
    this.write(offsetBytes, [ZEROES.subarray(0, lenBytes)]);
    return null;
  }

  /** Nothing is done, which is allowed: TRIM is a hint. */
  trim(): void {}

  flush(): Promise<void> {
    if (this.#running === null) return this.#begin();
    this.#next ??= this.#running.then(
      () => this.#begin(),
      () => this.#begin(),
    );
    return this.#next;
  }

  extents({ lenBytes }: ExtentsAsked): readonly NbdExtent[] {
    return [{ lenBytes, flags: 0 }];
  }

  forget(): void {
    ftruncateSync(this.#fd, 0);
    ftruncateSync(this.#fd, this.sizeBytes);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    closeSync(this.#fd);
  }

  #begin(): Promise<void> {
    this.#next = null;
    this.#running = this.#sync();
    return this.#running;
  }

  async #sync(): Promise<void> {
    try {
      if (this.#broken !== null) throw this.#broken;
      await sync(this.#fd);
    } catch (error) {
      this.#broken = error;
      throw error;
    } finally {
      this.#running = null;
    }
  }

  /** A MiB at a time: others are served in between. */
  async #zeroSlowly(offsetBytes: number, lenBytes: number): Promise<void> {
    for (let doneBytes = 0; doneBytes < lenBytes; doneBytes += ZEROES.length) {
      this.write(offsetBytes + doneBytes, [
        ZEROES.subarray(0, Math.min(ZEROES.length, lenBytes - doneBytes)),
      ]);
      await setImmediate();
    }
  }
}

function openFile(path: string, mode: "r" | "r+"): number {
  try {
    return openSync(path, mode);
  } catch (cause) {
    const isMissing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    if (isMissing && mode === "r+") return openSync(path, "wx+");
    throw new UnwedgeError("usage", `${path}: cannot be opened`, { cause });
  }
}

/** A new name is only there for good once its folder is. */
function syncFolder(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
