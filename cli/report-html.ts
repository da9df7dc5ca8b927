// A report as one file: the page with its style, its script and a film inside. Nothing is fetched, so it can be mailed and
// opened from a disk; a strict content policy names what may run by its hash.

import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { Film } from "#sim/index.ts";

export interface PageFiles {
  readonly style: string;
  readonly script: string;
}

export function reportHtml(film: Film, { style, script }: PageFiles): string {
  // What would end the element early cannot stand in it; in a string of JavaScript \u002f is the same letter.
  const code = script.replaceAll("</script", "<\\/script");
  const packed = gzipSync(JSON.stringify(film)).toString("base64");
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(code)}'`,
    `style-src '${hashOf(style)}'`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark light">
<title>${escaped(titleOf(film))}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<div id="page"></div>
<script type="application/gzip" id="film">${packed}</script>
<script type="module">${code}</script>
</body>
</html>
`;
}

const hashOf = (text: string): string =>
  `sha256-${createHash("sha256").update(text).digest("base64")}`;

function titleOf({ title, end }: Film): string {
  const { scenario, variant, seed } = title;
  return `${end?.result.verdict ?? "not judged"}: ${scenario} ${variant ?? ""} seed ${seed} · Unwedge`;
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
