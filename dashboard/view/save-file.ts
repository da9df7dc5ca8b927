// A file for whoever looks at the page, made in the page.

import { h } from "./dom.ts";

export function saveFile(name: string, text: string): void {
  const link = h("a", { href: URL.createObjectURL(new Blob([text])), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
}
