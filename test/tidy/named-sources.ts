// Finds names that a document puts right behind a link to a source: `[file.ts](../kernel/file.ts) \`one\` \`two\``.

import { dirname, join } from "node:path";

const named = /\[[^\]]+\]\(([^)\s]+\.ts)\)((?: `\w+`)+)/g;

/** Names that are not in the file they stand behind. `contents` of a path is its text. */
export function staleNames(
  path: string,
  text: string,
  contents: (path: string) => string,
): string[] {
  return [...text.matchAll(named)].flatMap(([, link = "", names = ""]) => {
    const source = join(dirname(path), link);
    const words = new Set(contents(source).match(/\w+/g));
    return [...names.matchAll(/`(\w+)`/g)]
      .map(([, name]) => `${name}`)
      .filter((name) => !words.has(name))
      .map((name) => `${path}: ${source} has no ${name}`);
  });
}
