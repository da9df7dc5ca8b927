// `unwedge report BUNDLE -o FILE`: one file that shows a run to whoever has a browser, without a server and without unwedge.

import { EXIT } from "#base/error.ts";
import { filmOf } from "./film.ts";
import type { Io } from "./io.ts";
import { pageFile } from "./page-files.ts";
import { reportHtml } from "./report-html.ts";

export async function report(path: string, out: string, io: Io): Promise<number> {
  const page = { style: pageFile("index.css"), script: pageFile("page.js") };
  const film = await filmOf(path, io);
  if (film === null) return EXIT.interrupted;
  const html = reportHtml(film, page);
  io.write(out, new TextEncoder().encode(html));
  const size = `${Math.ceil(html.length / 1024)} KiB, ${film.frames.length} frames`;
  io.out(`${out}: ${size}, ${film.end?.result.verdict ?? ""}\n`);
  return EXIT.ok;
}
