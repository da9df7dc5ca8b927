// `npm pack` runs this first: our sources as JavaScript with declarations, in dist/package, where Node may find them below a
// node_modules (it strips no types there). A file stays a file, so what starts a worker or reads a scenario beside its own
// place still does, and a stack trace still names the file.
//
// dist/package has a package.json of its own: `#kernel/index.ts` then is kernel/index.js.

import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import packageJson from "../package.json" with { type: "json" };

const root = fileURLToPath(new URL("../", import.meta.url));
const out = join(root, "dist/package");

const FOLDERS = "base wire kernel faults explain ports sim traffic nodes coordinator cli api".split(
  " ",
);
/** What they start and ask at run time. */
const TOOLS = "run compiled ensure-installed source-flags"
  .split(" ")
  .map((name) => `tools/${name}.mjs`);

/** @param {string} folder @param {RegExp} name */
const filesIn = (folder, name) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => name.test(path))
    .map((path) => join(folder, path));

/** `./x.ts`, wherever a file is named by where it lies beside another. @param {string} text */
const named = (text) => text.replaceAll(/(["'])(\.{1,2}\/[^"'\n]*)\.ts\1/g, "$1$2.js$1");

rmSync(out, { recursive: true, force: true });
await build({
  entryPoints: FOLDERS.flatMap((folder) => filesIn(join(root, folder), /\.ts$/)),
  absWorkingDir: root,
  outdir: out,
  outbase: root,
  format: "esm",
  platform: "node",
  target: "node20.19",
  logLevel: "error",
});
declare();
for (const path of filesIn(out, /\.(js|d\.ts)$/)) {
  const text = readFileSync(path, "utf8");
  writeFileSync(path, named(text));
}
for (const path of [...TOOLS, "scenarios"])
  cpSync(join(root, path), join(out, path), {
    recursive: true,
    filter: (from) => !from.includes("scripts"),
  });
page();
describe();

/** Of the door, and of what it shows. */
function declare() {
  const compiler = join(
    dirname(createRequire(import.meta.url).resolve("typescript/package.json")),
    "bin/tsc",
  );
  run(compiler, ["-p", join(root, "tsconfig.package.json")]);
}

function page() {
  run(join(root, "tools/build-page.mjs"), ["--if-stale"]);
  cpSync(join(root, "dist/page"), join(out, "dist/page"), { recursive: true });
}

function describe() {
  const { name, version, description, license, type, engines, imports } = packageJson;
  const compiledImports = Object.keys(imports).flatMap((pattern) => {
    const folder = pattern.replace("#", "./");
    return folder.startsWith("./tools")
      ? [[pattern, folder]]
      : [[pattern.replace("*", "*.ts"), folder.replace("*", "*.js")]];
  });
  const own = { name, version, description, license, type, engines };
  const manifest = { ...own, imports: Object.fromEntries(compiledImports) };
  writeFileSync(join(out, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  const command = join(out, "cli/main.js");
  writeFileSync(command, `#!/usr/bin/env node\n${readFileSync(command, "utf8")}`);
  chmodSync(command, 0o755);
}

/** @param {string} script @param {readonly string[]} args */
function run(script, args) {
  const { status } = spawnSync(process.execPath, [script, ...args], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0) throw new Error(`${script} failed`);
}
