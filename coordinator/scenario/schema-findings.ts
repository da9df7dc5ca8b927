// What zod found wrong, in the words and places of a scenario's author.

import type { z } from "zod";
import type { Finding, Path } from "./diagnostic.ts";
import { nearest } from "./nearest.ts";
import { KNOWN } from "./schema-parts.ts";

/** Checks `tree` against the schema. The value is null when anything is wrong. */
export function checkShape<T extends z.ZodType>(
  schema: T,
  tree: unknown,
  base: Path = [],
): { readonly value: z.output<T> | null; readonly findings: readonly Finding[] } {
  const result = schema.safeParse(tree, { reportInput: true });
  if (result.success) return { value: result.data, findings: [] };
  return { value: null, findings: result.error.issues.flatMap((issue) => findingsOf(issue, base)) };
}

function findingsOf(issue: z.core.$ZodIssue, base: Path): Finding[] {
  const path = [...base, ...issue.path.map(stepOf)];
  const [message = "", words] = issue.message.split(KNOWN);
  const known = words?.split(", ") ?? [];
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({
      path: [...path, key],
      atKey: true,
      message: `${message} "${key}"`,
      nearest: nearest(key, known),
    }));
  const input = wordOf(issue);
  return [
    {
      path,
      message: words === undefined ? message : `${message}; expected one of ${words}`,
      nearest: (input === null ? null : nearest(input, known)) ?? suggestionOf(issue),
    },
  ];
}

/** The word that was written; of a tagged map its tag. */
function wordOf({ input, path }: z.core.$ZodIssue): string | null {
  const tag = path.at(-1);
  const isMap = typeof input === "object" && input !== null && tag !== undefined;
  const word: unknown = isMap ? Reflect.get(input, tag) : input;
  return typeof word === "string" ? word : null;
}

const stepOf = (step: PropertyKey): string | number =>
  typeof step === "number" ? step : String(step);

/** A suggestion that a part has made itself. */
function suggestionOf(issue: z.core.$ZodIssue): string | null {
  const suggestion: unknown = issue.code === "custom" ? issue.params?.["nearest"] : null;
  return typeof suggestion === "string" ? suggestion : null;
}
