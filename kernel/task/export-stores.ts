// What a swap server offers, and the pages of each export. A standby has no pages but those it was sent: a read of any other
// fails, for nobody has them any more.

import { assert } from "#base/assert.ts";
import { PAGE_BYTES } from "#base/units.ts";
import type { NbdCommand } from "#wire/nbd/command.ts";
import { NBD_MAX_PAYLOAD_BYTES_DEFAULT } from "#wire/nbd/constants.ts";
import type { NbdExport } from "#wire/nbd/export.ts";
import type { NbdServerSession } from "#wire/nbd/server-session.ts";
import { PageStore, type PageStoreState } from "./page-store.ts";

/** An export that a server offers. */
export interface OfferedExport {
  readonly name: string;
  readonly sizeBytes: number;
  /** It is there for pages of another server's. */
  readonly isStandby: boolean;
}

export class ExportStores {
  /** As sessions are told of them. */
  readonly exports: readonly NbdExport[];
  readonly #offered: readonly OfferedExport[];
  #stores: PageStore[];

  constructor(offered: readonly OfferedExport[]) {
    this.#offered = offered;
    this.exports = offered.map(({ name, sizeBytes }) => ({
      name,
      sizeBytes,
      readOnly: false,
      minBlockBytes: 1,
      preferredBlockBytes: PAGE_BYTES,
      maxPayloadBytes: NBD_MAX_PAYLOAD_BYTES_DEFAULT,
    }));
    this.#stores = offered.map(() => new PageStore());
  }

  indexOf({ chosen }: NbdServerSession): number {
    return this.exports.findIndex(({ name }) => name === chosen?.name);
  }

  isLost(session: NbdServerSession, { type, offsetBytes, lenBytes }: NbdCommand): boolean {
    const index = this.indexOf(session);
    const isRead = type === "read" && this.#offered[index]?.isStandby === true;
    return isRead && this.#stores[index]?.has(offsetBytes, lenBytes) !== true;
  }

  /** Do what the command says; the data of a read. */
  perform(
    session: NbdServerSession,
    { type, offsetBytes, lenBytes, data }: NbdCommand,
  ): readonly Uint8Array[] {
    const store = this.#stores[this.indexOf(session)];
    assert(store !== undefined, "a command comes from a session with an export");
    if (type === "read") return store.read(offsetBytes, lenBytes);
    if (type === "write") store.write(offsetBytes, data);
    if (type === "trim" || type === "writeZeroes") store.clear(offsetBytes, lenBytes);
    return [];
  }

  /** Every page is gone. */
  empty(): void {
    this.#stores = this.#offered.map(() => new PageStore());
  }

  save(): readonly PageStoreState[] {
    return this.#stores.map((store) => store.save());
  }

  load(state: readonly PageStoreState[]): void {
    state.forEach((store, i) => {
      this.#stores[i]?.load(store);
    });
  }
}
