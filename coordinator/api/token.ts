// The token that whoever changes something must show, made anew at each start unless one is given. Compared in constant time.

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

export const newToken = (): string => randomBytes(24).toString("base64url");

/** Hashes first, so that lengths do not matter and are not told. */
export function isToken(given: string, token: string): boolean {
  return timingSafeEqual(hashOf(given), hashOf(token));
}

const hashOf = (text: string): Buffer => createHash("sha256").update(text).digest();

/** The token of an Authorization header; null: it has none. */
export function bearerOf(header: string | undefined): string | null {
  const match = /^Bearer ([\w.~+/=-]{1,512})$/i.exec(header ?? "");
  return match?.[1] ?? null;
}
