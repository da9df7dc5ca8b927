// Our sources as one JavaScript file, for a Node that does not strip types: made once, and again when a source changed.
//
// tsx gives the same program a file at a time, through a thread of its own: two thirds of a second before a command begins,
// at every start. A bundle is there in a fifth of that. Newer Nodes need none (see run.mjs).
//
// Its last line says what it was made of. It is put in place whole, so that two commands may make it at once. Stack traces
// name the sources.

import { createHash } from "node:crypto";
import {
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
/**
 * Where node_modules really is, or the paths in a source map lead nowhere when it is a link. Asked for late: in a fresh clone
 * there is none when this file is read.
 */
const cacheFolder = () => join(realpathSync(join(root, "node_modules")), ".cache", "unwedge");

const MADE_OF = "\n//made of ";

/** What CommonJS packages in the bundle expect to find. */
const REQUIRE =
  'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);';

/** Changes with every save of the file. @param {string} path */
function stateOf(path) {
  const { mtimeMs, size } = statSync(join(root, path));
  return `${mtimeMs} ${size}`;
}

/** @param {string} bundle */
function isFresh(bundle) {
  try {
    const text = readFileSync(bundle, "utf8");
    /** @type {Record<string, string>} */
    const states = JSON.parse(text.slice(text.lastIndexOf(MADE_OF) + MADE_OF.length));
    return Object.entries(states).every(([path, state]) => stateOf(path) === state);
  } catch (_error) {
    // Not there, of another layout, or made of files that are gone.
    return false;
  }
}

/** Not spelled out, or this file would be changed too. */
const OWN_URL = ["import", "meta", "url"].join(".");

/** A file in the bundle still says where it lies itself. */
const ownUrls = {
  name: "own-urls",
  /** @param {import("esbuild").PluginBuild} build */
  setup(build) {
    build.onLoad({ filter: /\.(ts|mjs)$/, namespace: "file" }, ({ path }) => {
      if (path.includes("node_modules")) return null;
      const text = readFileSync(path, "utf8");
      const contents = text.replaceAll(OWN_URL, JSON.stringify(pathToFileURL(path).href));
      return { contents, loader: path.endsWith(".ts") ? "ts" : "js" };
    });
  },
};

/** @param {string} source @param {string} bundle */
async function make(source, bundle) {
  const { build } = await import("esbuild");
  const { outputFiles, metafile } = await build({
    entryPoints: [source],
    outfile: bundle,
    absWorkingDir: root,
    bundle: true,
    sourcemap: "linked",
    sourcesContent: false,
    write: false,
    metafile: true,
    format: "esm",
    platform: "node",
    target: "node20",
    // They look for files beside their own: one starts threads on them, one loads its Lua when a script first comes, one is
    // a driver of browsers and its parts, two have WebAssembly, one is this program's own maker.
    external: [
      "esbuild",
      "piscina",
      "js-redis-server",
      "playwright-core",
      "@jitl/quickjs-wasmfile-release-sync",
      "@swc/wasm-typescript",
    ],
    logLevel: "error",
    banner: { js: REQUIRE },
    plugins: [ownUrls],
  });
  const states = Object.fromEntries(
    Object.keys(metafile.inputs).map((path) => [path, stateOf(path)]),
  );
  mkdirSync(cacheFolder(), { recursive: true });
  // The map comes first: who finds the code finds its map.
  for (const { path, text } of outputFiles.sort((a, b) => b.path.length - a.path.length)) {
    const draft = `${path}-${process.pid}-${Date.now()}`;
    writeFileSync(draft, path === bundle ? text + MADE_OF + JSON.stringify(states) : text);
    renameSync(draft, path);
  }
}

/**
 * The JavaScript of a source file of ours and of all it imports.
 * @param {URL} source
 * @returns {Promise<URL>}
 */
export async function compiled(source) {
  const path = fileURLToPath(source);
  const name = createHash("sha256").update(path).digest("hex").slice(0, 16);
  const bundle = join(cacheFolder(), `${name}.mjs`);
  if (!isFresh(bundle)) await make(path, bundle);
  process.setSourceMapsEnabled(true);
  return pathToFileURL(bundle);
}
