// Numbers as people read them, the same on every screen.

/** `3.02 s`, `246.5 s`, `12 ms`, `0 s`. */
export function timeText(ns: number): string {
  if (ns === 0) return "0 s";
  if (ns < 1e6) return `${Math.round(ns / 1e3)} us`;
  if (ns < 1e9) return `${Math.round(ns / 1e6)} ms`;
  return `${(ns / 1e9).toFixed(ns < 1e10 ? 2 : 1).replace(/\.0+$/, "")} s`;
}

/** `1.6 MiB`, of pages. */
export const sizeText = (pages: number): string => `${(pages / 256).toFixed(1)} MiB`;

/** `1 page`, `133 pages`, `14,592 pages`. */
export const pagesText = (pages: number): string => counted(pages, "page");

/** `1 request`, `28 requests`. */
export const counted = (count: number, noun: string): string =>
  `${countText(count)} ${noun}${count === 1 ? "" : "s"}`;

/** With a comma every three digits, whatever the host's locale. */
export function countText(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ",");
}

/** Lines of at most `columns` characters; the first begins with `first`, the others with `rest`. */
export function wrapped(text: string, columns: number, first = "", rest = first): string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(" ")) {
    if (!isEmpty && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = rest;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}

/** Columns of equal width, two spaces apart, all to the left. */
export function columnsOf(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
