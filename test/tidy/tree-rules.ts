// Rules on files as text, as functions, so that a test can show each of them failing.

import { dirname, join } from "node:path";

/** Places that exist on one machine only. */
const foreign = [/\.\.\/shared\b/, /(?<![\w.])\/(work|home|Users)\/\w/, /(?<![\w.:])\/tmp\/\w/];
/** The one file that may look beside the tree: the container engine of the machine that runs it. */
const mayLookAside = [".ci/run"];

/** Lines of `text` that name such a place, as `path:line`. */
export function foreignPaths(path: string, text: string): string[] {
  if (mayLookAside.includes(path)) return [];
  return text
    .split("\n")
    .map((line, i) => ({ line, at: `${path}:${i + 1}` }))
    .filter(({ line }) => foreign.some((pattern) => pattern.test(line)))
    .map(({ at }) => at);
}

/** A heading's name in links, as GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, "")
    .replace(/\s/g, "-");
}

function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(`${heading}`));
}

/** Links of a document that lead nowhere. `contents` of a path is its text, or null if there is no such file. */
export function brokenLinks(
  path: string,
  text: string,
  contents: (path: string) => string | null,
): string[] {
  const prose = text.replace(/^```.*?^```/gms, "");
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => `${link}`);
  return links
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [file = "", anchor] = link.split("#");
      const target = file === "" ? text : contents(join(dirname(path), file));
      return target === null || (anchor !== undefined && !anchorsOf(target).includes(anchor));
    })
    .map((link) => `${path}: ${link}`);
}
