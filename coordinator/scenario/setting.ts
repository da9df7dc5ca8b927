// `path=value` of a command line, read as the document would read it.

import { Document, parseDocument } from "yaml";
import type { Setting } from "./merge.ts";

/** A setting; null when the text is none. The value is YAML: 64 MiB, false, 3, "text". */
export function parseSetting(text: string): Setting | null {
  const at = text.indexOf("=");
  const path = text.slice(0, at).trim();
  if (at <= 0 || path === "") return null;
  const document = parseDocument(text.slice(at + 1), { prettyErrors: false });
  if (document.errors.length > 0) return null;
  const value: unknown = document.toJS();
  return { path, value };
}

/** A value as YAML text, for people to read and to keep. */
export function toYaml(value: unknown): string {
  return new Document(value).toString({ lineWidth: 0, flowCollectionPadding: true });
}
