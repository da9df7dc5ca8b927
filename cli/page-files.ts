// The page as it was built, in dist/page. In a clone it is built when it is missing or older than its sources.

import { execFile, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { UnwedgeError } from "#base/error.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const builder = "tools/build-page.mjs";

export const PAGE_FILES = ["index.html", "index.css", "page.js", "worker.js"] as const;
export type PageFile = (typeof PAGE_FILES)[number];

let isFresh = false;
let building: Promise<string> | null = null;

/** Their folder, without holding up whoever else is served: a build takes seconds. Tried again after it has failed. */
export function pageFolder(): Promise<string> {
  building ??= built().catch((error: unknown) => {
    building = null;
    throw error;
  });
  return building;
}

async function built(): Promise<string> {
  if (existsSync(`${root}${builder}`))
    await promisify(execFile)(process.execPath, [builder, "--if-stale"], { cwd: root }).catch(
      (cause: unknown) => {
        throw new UnwedgeError("unavailable", "the page could not be built: npm run build:page", {
          cause,
        });
      },
    );
  if (existsSync(`${root}dist/page/index.html`)) return `${root}dist/page`;
  throw new UnwedgeError("unavailable", "the page is not built: npm run build:page");
}

/** Text of one of its files. Throws UnwedgeError when there is none and it cannot be built. */
export function pageFile(name: PageFile): string {
  if (!isFresh && existsSync(`${root}${builder}`)) build();
  isFresh = true;
  const path = `${root}dist/page/${name}`;
  if (existsSync(path)) return readFileSync(path, "utf8");
  throw new UnwedgeError("unavailable", "the page is not built: npm run build:page");
}

function build(): void {
  const { status, stderr } = spawnSync(process.execPath, [builder, "--if-stale"], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) throw new UnwedgeError("unavailable", `the page could not be built\n${stderr}`);
}
