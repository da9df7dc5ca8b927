// `npm run book`: writes the parts of the documents that list things from the one place that holds them, and the published
// schema of scenarios, which lists faults and policies too.
//
// A generated part stands between `<!-- book:NAME -->` and `<!-- /book -->`; test/tidy/book.test.ts says when one is stale.

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { KEYS } from "../wire/keys.ts";
import { chapters } from "./book-chapters.mjs";
import { exercises } from "./book-exercises.mjs";
import { gallery } from "./book-gallery.mjs";
import { notModelled, withoutEffect } from "./book-model.mjs";
import { everyArgument, proposals } from "./book-museum.mjs";
import {
  drops,
  faultNames,
  faultTable,
  metrics,
  netstat,
  policies,
  presetTable,
  timers,
  vmstat,
} from "./book-reference.mjs";
import layers from "./layers.cjs";
import { schemaPath, schemaText } from "./scenario-schema.ts";

const { may, packages, shells } = layers;

/** Who may import whom, as ARCHITECTURE.md prints it. */
function redisKeys() {
  const rows = Object.values(KEYS).map(
    ({ key, type, holds, writer, bound }) =>
      `| \`${key}\` | ${type} | ${holds} | ${writer} | ${bound} |`,
  );
  return ["| key | type | holds | written by | bound |", "|---|---|---|---|---|", ...rows].join(
    "\n",
  );
}

function layersTable() {
  const list = (/** @type {readonly string[]} */ names) =>
    names.map((name) => `\`${name}\``).join(" ") || "nothing";
  const rows = Object.entries(may).map(
    ([folder, targets]) =>
      `| \`${folder}/\` | ${shells.includes(folder) ? "shell" : "pure"} | ${list(targets)} | ${list(packages[folder] ?? [])} |`,
  );
  return ["| folder | is | may import | packages |", "|---|---|---|---|", ...rows].join("\n");
}

const reference = (/** @type {string} */ page) => `docs/reference/${page}.md`;

/** @type {Record<string, { path: string, write: () => string }>} */
export const parts = {
  layers: { path: "ARCHITECTURE.md", write: layersTable },
  chapters: { path: "kernel/README.md", write: chapters },
  "not-modelled": { path: "docs/model.md", write: notModelled },
  "without-effect": { path: "docs/model.md", write: withoutEffect },
  gallery: { path: "docs/scenarios/README.md", write: gallery },
  exercises: { path: "docs/exercises.md", write: exercises },
  proposals: { path: "docs/museum.md", write: proposals },
  arguments: { path: "docs/museum.md", write: everyArgument },
  presets: { path: reference("policies"), write: presetTable },
  policies: { path: reference("policies"), write: policies },
  metrics: { path: reference("metrics"), write: metrics },
  "fault-names": { path: "docs/scenarios.md", write: faultNames },
  faults: { path: reference("faults"), write: faultTable },
  timers: { path: reference("timers"), write: timers },
  drops: { path: reference("drop-reasons"), write: drops },
  vmstat: { path: reference("kernel-counters"), write: vmstat },
  netstat: { path: reference("kernel-counters"), write: netstat },
  "redis-keys": { path: "docs/cluster.md", write: redisKeys },
};

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
  writeFileSync(schemaPath, schemaText());
}
