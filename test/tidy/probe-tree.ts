// A small tree of its own with this project's fences around it, to try them on code that must not pass.
//
// In a temporary folder: a probe inside the working tree would trip whoever runs `npm run check` meanwhile.

import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const fences = [
  "package.json",
  "biome.json",
  ".dependency-cruiser.cjs",
  "tsconfig.json",
  "tsconfig.base.json",
  "tsconfig.pure.json",
  "tsconfig.node.json",
  "tsconfig.browser.json",
  "tools/pure.grit",
  "tools/layers.cjs",
];

export interface ProbeTree {
  /** What the tool prints on both outputs, paths relative to the tree, and its exit code. */
  run(tool: "biome" | "depcruise" | "tsc", ...args: string[]): { exit: number; text: string };
  close(): void;
}

/** `files`: path → contents. */
export function plantProbeTree(files: Readonly<Record<string, string>>): ProbeTree {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "unwedge-tidy-")));
  const place = (path: string, put: (target: string) => void): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    put(join(root, path));
  };
  for (const path of fences) place(path, (target) => copyFileSync(path, target));
  for (const [path, text] of Object.entries(files)) {
    place(path, (target) => writeFileSync(target, text));
  }
  symlinkSync(join(process.cwd(), "node_modules"), join(root, "node_modules"));
  return {
    run(tool, ...args) {
      const { status, stdout, stderr } = spawnSync(`node_modules/.bin/${tool}`, args, {
        cwd: root,
        encoding: "utf8",
      });
      return { exit: status ?? -1, text: (stdout + stderr).replaceAll(`${root}/`, "") };
    },
    close: () => rmSync(root, { recursive: true, force: true }),
  };
}
