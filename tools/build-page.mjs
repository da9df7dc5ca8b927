// `npm run build:page`: dashboard/ → dist/page/, by vite. With --if-stale only when a source is newer than what was built.

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const root = fileURLToPath(new URL("../", import.meta.url));
const out = join(root, "dist/page");

/** What the page is made of: the worker is most of the model. */
const SOURCES = [
  ..."base wire kernel faults explain ports sim traffic/patterns coordinator/scenario".split(" "),
  ..."scenarios dashboard package-lock.json tools/build-page.mjs".split(" "),
];

/** @param {string} path @returns {number} */
function newestMs(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newestMs(join(path, name))));
}

function isStale() {
  const built = statSync(join(out, "index.html"), { throwIfNoEntry: false });
  return built === undefined || SOURCES.some((path) => newestMs(join(root, path)) > built.mtimeMs);
}

if (!process.argv.includes("--if-stale") || isStale())
  await build({
    root: join(root, "dashboard"),
    base: "./",
    logLevel: "warn",
    configFile: false,
    // One file each: a report has room for one script.
    build: {
      outDir: out,
      emptyOutDir: true,
      target: "es2023",
      modulePreload: false,
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 2_000,
      rolldownOptions: {
        output: { entryFileNames: "page.js", assetFileNames: "[name][extname]" },
      },
    },
    worker: {
      format: "es",
      rolldownOptions: { output: { entryFileNames: "worker.js" } },
    },
  });
