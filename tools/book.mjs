// `npm run book`: writes the parts of the documents that list things from the one place that holds them.
//
// A generated part stands between `<!-- book:NAME -->` and `<!-- /book -->`; test/tidy/book.test.ts says when one is stale.

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import layers from "./layers.cjs";

const { may, packages, shells } = layers;

/** Who may import whom, as ARCHITECTURE.md prints it. */
function layersTable() {
  const list = (/** @type {readonly string[]} */ names) =>
    names.map((name) => `\`${name}\``).join(" ") || "nothing";
  const rows = Object.entries(may).map(
    ([folder, targets]) =>
      `| \`${folder}/\` | ${shells.includes(folder) ? "shell" : "pure"} | ${list(targets)} | ${list(packages[folder] ?? [])} |`,
  );
  return ["| folder | is | may import | packages |", "|---|---|---|---|", ...rows].join("\n");
}

/** @type {Record<string, { path: string, write: () => string }>} */
export const parts = { layers: { path: "ARCHITECTURE.md", write: layersTable } };

/**
 * `text` with the part `name` written anew.
 * @param {string} text
 * @param {string} name
 * @param {string} part
 */
export function withPart(text, name, part) {
  const [before, rest] = split(text, `<!-- book:${name} -->`);
  const [, after] = split(rest, "<!-- /book -->");
  return `${before}<!-- book:${name} -->\n${part}\n<!-- /book -->${after}`;
}

/**
 * @param {string} text
 * @param {string} mark
 * @returns {[string, string]}
 */
function split(text, mark) {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`no ${mark} to write at`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, { path, write }] of Object.entries(parts)) {
    writeFileSync(path, withPart(readFileSync(path, "utf8"), name, write()));
  }
}
