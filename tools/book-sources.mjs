// What the generated documents read off the sources: files, their headers, what a header says of itself.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * Every TypeScript file under a folder, by path.
 * @param {string} folder
 * @returns {string[]}
 */
export function sourcesUnder(folder) {
  return readdirSync(folder)
    .sort(byCode)
    .flatMap((name) => {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) return sourcesUnder(path);
      return name.endsWith(".ts") ? [path] : [];
    });
}

/** The order of UTF-16 codes: the same on every machine. */
const byCode = (/** @type {string} */ a, /** @type {string} */ b) => (a < b ? -1 : 1);

/**
 * A file's header comment as paragraphs: its first block of `//` lines, or its first doc comment if it has no such block.
 * @param {string} text
 * @returns {string[]}
 */
export function headerOf(text) {
  const lines = text.split("\n");
  const from = lines.findIndex((line) => line.startsWith("//"));
  if (from < 0) return docComment(text);
  const length = lines.slice(from).findIndex((line) => !line.startsWith("//"));
  const block = lines.slice(from, length < 0 ? undefined : from + length);
  return paragraphs(block.map((line) => line.replace(/^\/\/ ?/, "")));
}

/** @param {string} text */
function docComment(text) {
  const [, comment = ""] = /^\/\*\*(.*?)\*\//ms.exec(text) ?? [];
  return paragraphs(comment.split("\n").map((line) => line.replace(/^\s*\* ?/, "").trim()));
}

/** @param {readonly string[]} lines */
function paragraphs(lines) {
  return lines
    .join("\n")
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replace(/\s*\n\s*/g, " ").trim())
    .filter((paragraph) => paragraph !== "");
}

/**
 * What the file is, in the words of its own header.
 * @param {string} path
 */
export function summaryOf(path) {
  const [first = ""] = headerOf(readFileSync(path, "utf8"));
  const [, sentence] = /^(.*?[.?!])(?:\s|$)/.exec(first) ?? [];
  return sentence ?? first;
}

/**
 * What the header says is not modelled, or done otherwise; null if it says nothing of the kind.
 * @param {string} text
 */
export function notModelledIn(text) {
  const said = headerOf(text).find((paragraph) => paragraph.startsWith(NOT_MODELLED));
  return said === undefined ? null : said.slice(NOT_MODELLED.length).trim();
}

export const NOT_MODELLED = "Not modelled:";

/**
 * A Markdown table.
 * @param {readonly string[]} heads
 * @param {readonly (readonly string[])[]} rows
 */
export function table(heads, rows) {
  const line = (/** @type {readonly string[]} */ cells) => `| ${cells.join(" | ")} |`;
  const body = rows.map((cells) => line(cells.map((cell) => cell.replaceAll("|", "\\|"))));
  return [line(heads), `|${"---|".repeat(heads.length)}`, ...body].join("\n");
}

/**
 * A link to a source, as seen from a document.
 * @param {string} path
 * @param {string} up from the document to the root: `../` or `../../`
 * @param {string} [label]
 */
export const linkTo = (path, up, label = path) => `[${label}](${up}${path})`;
