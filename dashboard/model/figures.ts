// Numbers as the page writes them: always with their unit.

/** `3.02 s`, `246.5 s`, `12 ms`, `0 s`. */
export function timeText(ns: number): string {
  if (ns === 0) return "0 s";
  if (ns < 1e6) return `${Math.round(ns / 1e3)} µs`;
  if (ns < 1e9) return `${Math.round(ns / 1e6)} ms`;
  return `${(ns / 1e9).toFixed(ns < 1e10 ? 2 : 1).replace(/\.0+$/, "")} s`;
}

/** Of fixed width while it runs: `3.0 s`, `12.4 s`. */
export const clockText = (ns: number): string => `${(ns / 1e9).toFixed(1)} s`;

/** `1 page`, `14,592 pages`. */
export const pagesText = (pages: number): string => counted(pages, "page");

/** `52.3 MiB`, of pages of 4 KiB. */
export const mebibytesText = (pages: number): string => `${(pages / 256).toFixed(1)} MiB`;

/** `1 request`, `28 requests`. */
export const counted = (count: number, noun: string): string =>
  `${countText(count)} ${noun}${count === 1 ? "" : "s"}`;

/** With a comma every three digits, whatever the host's locale. */
export const countText = (count: number): string =>
  String(Math.round(count)).replaceAll(/\B(?=(\d{3})+$)/g, ",");
