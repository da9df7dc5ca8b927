// The generated parts of docs/model.md: what is not modelled, collected from the headers of the files that say so, and what
// a scenario may say though no machine acts on it yet.

import { existsSync, readFileSync } from "node:fs";
import { linkTo, notModelledIn, sourcesUnder, table } from "./book-sources.mjs";

/** Folders whose files model something. */
const MODELLING = ["kernel", "faults", "sim", "ports", "wire", "explain"];

/** Every file that models something, with its text. */
export function modellingFiles() {
  return MODELLING.filter((folder) => existsSync(folder))
    .flatMap(sourcesUnder)
    .map((path) => ({ path, text: readFileSync(path, "utf8") }));
}

/** What each file leaves out, a table a folder. */
export function notModelled() {
  const rows = modellingFiles().flatMap(({ path, text }) => {
    const said = notModelledIn(text);
    return said === null ? [] : [{ path, said }];
  });
  const folders = [...new Set(rows.map(({ path }) => folderOf(path)))];
  return folders
    .map((folder) => {
      const own = rows.filter(({ path }) => folderOf(path) === folder);
      const lines = own.map(({ path, said }) => [
        linkTo(path, "../", path.slice(folder.length + 1)),
        said,
      ]);
      return `### In ${folder}/\n\n${table(["file", "not modelled"], lines)}`;
    })
    .join("\n\n");
}

const folderOf = (/** @type {string} */ path) => path.slice(0, path.lastIndexOf("/"));

/**
 * What the language accepts, and the sign by which one sees that a machine acts on it. A row goes when the sign is there.
 * @type {readonly { readonly key: string, readonly sign: RegExp, readonly instead: string }[]}
 */
const PROMISES = [
  {
    key: "`memory.cleanFile`",
    sign: /\bcleanFilePages\b/,
    instead: "a machine boots without page cache",
  },
  {
    key: "`memory.slab: slab`",
    sign: /memory\.slab\b|"slab" \? |=== "slab"/,
    instead: "every machine has slab caches of the SLUB kind",
  },
  {
    key: "`swap[].timeout`",
    sign: /\brequestTimeoutNs\b/,
    instead: "a request waits for ever, which is nbd-client's default",
  },
  {
    key: "`swap[].standby`, and a second entry of `swap`",
    sign: /\bstandby\b/,
    instead: "the first entry is used, and nothing ever switches",
  },
  { key: "tasks of kind `file-reader`", sign: started("file-reader"), instead: "the run stops" },
  { key: "tasks of kind `file-writer`", sign: started("file-writer"), instead: "the run stops" },
  { key: "tasks of kind `mpi`", sign: started("mpi"), instead: "the run stops" },
];

/** Where workload.ts starts such a task: in a case that does not end in an assertion. */
function started(/** @type {string} */ kind) {
  return new RegExp(`case "${kind}":\\n(?:\\s*case "[^"]+":\\n)*\\s*(?!assert|case)\\S`);
}

/** Files that say what a spec is; everything else of the kernel acts on it. */
const SPECS = /^kernel\/(spec|spec-defaults|spec-hosts|task-spec|traffic-spec|index)\.ts$/;

/** What may be written in a scenario and has no effect yet. */
export function withoutEffect() {
  const acting = modellingFiles().filter(({ path }) => !SPECS.test(path));
  const rows = PROMISES.filter(({ sign }) => !acting.some(({ text }) => sign.test(text)));
  if (rows.length === 0) return "Nothing: every key of the language is acted on.";
  return table(
    ["accepted", "what happens"],
    rows.map(({ key, instead }) => [key, instead]),
  );
}
