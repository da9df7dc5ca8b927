// The small parts every section of the schema is made of: quantities, names, strict objects, lists of known words.
//
// Each part says in its own words what it expected. Where one of a known set was expected, the set follows KNOWN in the
// message: schema-findings.ts reads it back to suggest the nearest.

import { z } from "zod";
import {
  type Dimension,
  EXAMPLES,
  expectedOf,
  parseQuantity,
  patternOf,
  type QuantityText,
} from "./quantity.ts";

/** Between what was wrong and the words that were known. */
export const KNOWN = "; known here: ";

interface QuantityOptions {
  /** Zero is no sensible value either. */
  readonly positive?: boolean;
  readonly about?: string;
}

/** For the type alone: what is wrong has been said before this is asked. */
const isWritten = <T extends string>(_text: string): _text is T => true;

const quantity =
  <D extends Dimension>(dimension: D) =>
  (options: QuantityOptions = {}) =>
    z
      .string({ error: ({ input }) => notText(input, dimension) })
      .superRefine((text, context) => {
        const parsed = parseQuantity(text, dimension);
        if (!parsed.ok)
          context.addIssue({
            code: "custom",
            message: parsed.message,
            params: { nearest: parsed.nearest },
          });
        else if (options.positive === true && parsed.value.value === 0)
          context.addIssue({
            code: "custom",
            message: `"${text}" is nothing; expected more than 0`,
          });
      })
      .refine(isWritten<QuantityText[D]>)
      .meta({
        pattern: patternOf(dimension),
        examples: [EXAMPLES[dimension]],
        ...(options.about !== undefined && { description: options.about }),
      });

export const duration = quantity("duration");
export const size = quantity("size");
export const rate = quantity("rate");
export const bandwidth = quantity("bandwidth");
export const ratio = quantity("ratio");

/** A size, or a word instead of one. */
export const sizeOr = <const Word extends string>(word: Word, about: string) =>
  z
    .string({ error: ({ input }) => notText(input, "size") })
    .superRefine((text, context) => {
      const parsed = parseQuantity(text, "size");
      if (text === word || parsed.ok) return;
      context.addIssue({
        code: "custom",
        message: `${parsed.message} or ${word}`,
        params: { nearest: parsed.nearest },
      });
    })
    .refine(isWritten<QuantityText["size"] | Word>)
    .meta({ pattern: `^${word}$|${patternOf("size")}`, description: about });

function notText(input: unknown, dimension: Dimension): string {
  if (input === undefined) return `is missing; expected ${expectedOf(dimension)}`;
  const negative = typeof input === "number" && input < 0;
  const what = typeof input === "number" ? `the number ${input} has no unit` : "is no text";
  return `${what}${negative ? " and is negative" : ""}; expected ${expectedOf(dimension)}`;
}

/** A count of things: a bare number, whole. */
export const count = (from: number, about: string) =>
  z
    .int({ error: ({ input }) => `${said(input)}; expected a whole number from ${from}` })
    .min(from, { error: ({ input }) => `${said(input)}; expected a whole number from ${from}` })
    .meta({ description: about });

export const text = (about: string) =>
  z.string({ error: ({ input }) => `${said(input)}; expected text` }).meta({ description: about });

export const flag = (about: string) =>
  z
    .boolean({ error: ({ input }) => `${said(input)}; expected true or false` })
    .meta({ description: about });

const ID = /^[A-Za-z][A-Za-z0-9_-]*$/;

/** What a node, task, step, check or traffic may be called. */
export const name = (about: string) =>
  z
    .string({ error: ({ input }) => `${said(input)}; expected a name` })
    .regex(ID, {
      error: ({ input }) =>
        `${said(input)}; a name begins with a letter and has letters, digits, _ and -`,
    })
    .meta({ description: about });

export const oneOf = <const T extends string>(words: readonly T[], about: string) =>
  z
    .enum(words, { error: ({ input }) => `${said(input)}${KNOWN}${words.join(", ")}` })
    .meta({ description: about });

/** An object that has these keys and no others. */
export const strict = <T extends z.ZodRawShape>(shape: T, about: string) =>
  z
    .strictObject(shape, {
      error: (issue) =>
        issue.code === "unrecognized_keys"
          ? `unknown key${KNOWN}${Object.keys(shape).join(", ")}`
          : `${said(issue.input)}; expected ${about}`,
    })
    .meta({ description: about });

export const listOf = <T extends z.ZodType>(item: T, about: string) =>
  z
    .array(item, { error: ({ input }) => `${said(input)}; expected a list` })
    .meta({ description: about });

/** A map from names of the user's to values of one kind. */
export const mapOf = <T extends z.ZodType>(value: T, about: string) =>
  z
    .record(z.string(), value, {
      error: ({ input }) => `${said(input)}; expected a map from names to values`,
    })
    .meta({ description: about });

/** How a wrong value is quoted. */
export function said(input: unknown): string {
  if (input === undefined) return "is missing";
  if (input === null) return "is empty";
  if (Array.isArray(input)) return "is a list";
  if (typeof input === "object") return "is a map";
  return typeof input === "string" ? `"${input}" is not known` : `${String(input)} does not fit`;
}
