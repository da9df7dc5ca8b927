// Where a swap server keeps its pages. A page that is the pattern of some stamp is kept as that stamp, checked byte by byte
// when it was written; anything else is kept as it is. So a server of gigabytes costs 12 bytes a page, and what comes back
// is still what was sent.

import { PAGE_BYTES } from "#base/units.ts";
import { ByteQueue, joined } from "#wire/bytes.ts";
import { bytesOf, identityIn, isContentOf } from "../mm/content.ts";

interface Stamp {
  readonly owner: number;
  readonly index: number;
  readonly version: number;
}

export class PageStore {
  readonly #stamps = new Map<number, Stamp>();
  readonly #raw = new Map<number, Uint8Array>();
  /** Requests refused because they did not cover whole pages and had to be patched together. */
  patchedPages = 0;

  /** Write `data`, slices of any cut, at `offsetBytes`. */
  write(offsetBytes: number, data: readonly Uint8Array[]): void {
    const rest = new ByteQueue();
    for (const slice of data) rest.push(slice);
    let at = offsetBytes;
    while (rest.lenBytes > 0) {
      const inPage = at % PAGE_BYTES;
      const lenBytes = Math.min(PAGE_BYTES - inPage, rest.lenBytes);
      const bytes = joined(rest.takeSlices(lenBytes));
      const page = Math.floor(at / PAGE_BYTES);
      if (lenBytes === PAGE_BYTES) this.#put(page, bytes);
      else this.#patch(page, inPage, bytes);
      at += lenBytes;
    }
  }

  /** Bytes from `offsetBytes` on, at most a page to a slice; what was never written is zero. */
  read(offsetBytes: number, lenBytes: number): Uint8Array[] {
    const slices: Uint8Array[] = [];
    let at = offsetBytes;
    for (let left = lenBytes; left > 0; ) {
      const inPage = at % PAGE_BYTES;
      const takeBytes = Math.min(PAGE_BYTES - inPage, left);
      const page = this.#page(Math.floor(at / PAGE_BYTES));
      slices.push(takeBytes === PAGE_BYTES ? page : page.subarray(inPage, inPage + takeBytes));
      at += takeBytes;
      left -= takeBytes;
    }
    return slices;
  }

  /** Whether every page of the range was written once. */
  has(offsetBytes: number, lenBytes: number): boolean {
    const last = Math.floor((offsetBytes + lenBytes - 1) / PAGE_BYTES);
    for (let page = Math.floor(offsetBytes / PAGE_BYTES); page <= last; page++)
      if (!this.#stamps.has(page) && !this.#raw.has(page)) return false;
    return true;
  }

  /** Make whole pages zero again. */
  clear(offsetBytes: number, lenBytes: number): void {
    const zeros = new Uint8Array(Math.min(lenBytes, PAGE_BYTES));
    for (let done = 0; done < lenBytes; done += zeros.length) {
      this.write(offsetBytes + done, [zeros.subarray(0, Math.min(zeros.length, lenBytes - done))]);
    }
  }

  #put(page: number, bytes: Uint8Array): void {
    const stamp = identityIn(bytes);
    if (isContentOf(bytes, stamp.owner, stamp.index, stamp.version)) {
      this.#stamps.set(page, stamp);
      this.#raw.delete(page);
      return;
    }
    this.#stamps.delete(page);
    this.#raw.set(page, bytes.slice());
  }

  #patch(page: number, inPage: number, bytes: Uint8Array): void {
    this.patchedPages++;
    const whole = this.#page(page).slice();
    whole.set(bytes, inPage);
    this.#put(page, whole);
  }

  #page(page: number): Uint8Array {
    const stamp = this.#stamps.get(page);
    if (stamp !== undefined) return bytesOf(stamp.owner, stamp.index, stamp.version);
    return this.#raw.get(page) ?? new Uint8Array(PAGE_BYTES);
  }

  save(): PageStoreState {
    const stamps = [...this.#stamps].map(
      ([page, { owner, index, version }]) => [page, owner, index, version] as const,
    );
    return { stamps, raw: [...this.#raw], patchedPages: this.patchedPages };
  }

  load(state: PageStoreState): void {
    this.#stamps.clear();
    this.#raw.clear();
    for (const [page, owner, index, version] of state.stamps)
      this.#stamps.set(page, { owner, index, version });
    for (const [page, bytes] of state.raw) this.#raw.set(page, bytes);
    this.patchedPages = state.patchedPages;
  }
}

export interface PageStoreState {
  readonly stamps: readonly (readonly [number, number, number, number])[];
  readonly raw: readonly (readonly [number, Uint8Array])[];
  readonly patchedPages: number;
}
