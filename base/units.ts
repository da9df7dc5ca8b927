// Units, converted once and at the edge; and the brands that keep a frame number from being taken for a count.

declare const brand: unique symbol;
/** A page frame's number on one machine. */
export type Pfn = number & { readonly [brand]: "pfn" };

export const asPfn = (frame: number): Pfn => frame as Pfn;

export const PAGE_BYTES = 4096;
export const KIB = 1024;
export const MIB = 1024 * 1024;

export const fromUs = (us: number): number => Math.round(us * 1_000);
export const fromMs = (ms: number): number => Math.round(ms * 1_000_000);
export const fromS = (s: number): number => Math.round(s * 1_000_000_000);
export const pagesOf = (bytes: number): number => Math.ceil(bytes / PAGE_BYTES);

/** Floor of the square root of `n`, 0 ≤ n < 2^52, by integer steps (Math.sqrt is not the same everywhere). */
export function isqrt(n: number): number {
  let x = n;
  let next = Math.floor((x + 1) / 2);
  while (next < x) {
    x = next;
    next = Math.floor((x + Math.floor(n / x)) / 2);
  }
  return x;
}

/** Position of the highest set bit, counted from 1; 0 for 0. Linux: fls(). */
export const fls = (n: number): number => 32 - Math.clz32(n);
