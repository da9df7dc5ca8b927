// What a request says, read once and refused with a sentence.

import { z } from "zod";
import { Problem } from "./problem.ts";

/** The value, as its schema has it. */
export function read<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, message }) => ({
    path: path.map(String).join("."),
    message,
  }));
  const [first] = errors;
  const where = first === undefined || first.path === "" ? what : `${what}, ${first.path}`;
  throw new Problem(400, `${where}: ${first?.message ?? "not understood"}`, { errors });
}

/** A schema as OpenAPI wants it. */
export const described = (schema: z.ZodType): Record<string, unknown> =>
  z.toJSONSchema(schema, { target: "openapi-3.0", io: "input", unrepresentable: "any" });

export const Name = z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/, "not a name");
export const Id = z.string().regex(/^[\w-]{1,64}$/, "not an id");
/** A whole number in a query. */
export const Count = z.coerce.number().int().min(0).max(1_000_000_000);

export const SECURED = { security: [{ token: [] }] };
