// The document of a script, as text: a scenario file like any other, but for comments that say which line of the script
// wrote what follows. Whoever reads it reports mistakes on those lines (source.ts).

import type { ScenarioSource } from "#coordinator/scenario/index.ts";

/** `nodes.A`, `checks.2` → line of the script, from 1. */
export type Lines = Map<string, number | null>;

export function documentText(document: ScenarioSource, lines: Lines): string {
  const sections = Object.entries(document).flatMap(([key, value]) => {
    const entries = entriesOf(value).map((entry) => [
      // Where nobody knows, the first line, lest it be taken for the entry's before.
      `  # line ${lines.get(`${key}.${entry.name}`) ?? 1}`,
      `  ${entry.label} ${JSON.stringify(entry.value)}`,
    ]);
    if (value === undefined) return [];
    return entries.length === 0
      ? [`${key}: ${JSON.stringify(value)}`]
      : [`${key}:`, ...entries.flat()];
  });
  return `${SCRIPTED}\n${sections.join("\n")}\n`;
}

/** Tells source.ts, which has it as well, that comments say lines. */
const SCRIPTED = "# written by a script";

function entriesOf(value: unknown): { name: string; label: string; value: unknown }[] {
  if (Array.isArray(value))
    return value.map((item: unknown, i) => ({ name: String(i), label: "-", value: item }));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).map(([name, item]: [string, unknown]) => ({
    name,
    label: `${JSON.stringify(name)}:`,
    value: item,
  }));
}
