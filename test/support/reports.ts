// Reports as `unwedge report` writes them, of films that a test has.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { pageFile } from "#cli/page-files.ts";
import { reportHtml } from "#cli/report-html.ts";
import type { Film } from "#sim/index.ts";

/** The address of a report in a folder. */
export function reportIn(folder: string, name: string, film: Film): string {
  const path = join(folder, name);
  writeFileSync(
    path,
    reportHtml(film, { style: pageFile("index.css"), script: pageFile("page.js") }),
  );
  return pathToFileURL(path).href;
}
