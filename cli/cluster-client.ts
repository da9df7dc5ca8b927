// What a command asks of a coordinator that is up, and what it says when there is none.

import { randomBytes } from "node:crypto";
import { UnwedgeError } from "#base/error.ts";

export interface ClusterAt {
  readonly url: string;
  /** null: only for reading. */
  readonly token: string | null;
}

export const PORT_DEFAULT = 8080;
export const URL_DEFAULT = `http://127.0.0.1:${PORT_DEFAULT}`;

export const clusterAt = (flags: { readonly url: string; readonly token?: string }): ClusterAt => {
  const { url, token = "" } = flags;
  checkUrl("--url", url);
  return { url, token: token === "" ? null : token };
};

/** Throws UnwedgeError when that is no address of a coordinator. */
export function checkUrl(flag: string, url: string): void {
  if (!URL.canParse(url))
    throw new UnwedgeError("usage", `${flag} ${url}: expected http://HOST:PORT`);
}

/** The answer's text. Throws UnwedgeError with the sentence that the coordinator gave. */
export async function askCluster(
  { url, token }: ClusterAt,
  method: string,
  path: string,
  body?: unknown,
): Promise<string> {
  const response = await fetch(new URL(path, url), {
    method,
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(method === "POST" && { "idempotency-key": randomBytes(12).toString("hex") }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    throw new UnwedgeError(
      "unavailable",
      `${url}: nobody answers; is the cluster up? (unwedge up)`,
      { cause },
    );
  });
  const text = await response.text();
  if (response.ok) return text;
  throw new UnwedgeError(response.status >= 500 ? "unavailable" : "usage", detailOf(text));
}

/** Whether a coordinator is there. */
export const isAnswering = (at: ClusterAt): Promise<boolean> =>
  askCluster(at, "GET", "/healthz").then(
    () => true,
    () => false,
  );

/** Asks for a run; its id. Refused as askCluster says. */
export async function askForRun(at: ClusterAt, wish: object): Promise<string> {
  const { id } = fieldsOf(await askCluster(at, "POST", "/api/v1/runs", wish));
  return String(id);
}

export interface Fields {
  readonly [name: string]: unknown;
}

/** An answer that is one JSON object. */
export function fieldsOf(text: string): Fields {
  const value: unknown = JSON.parse(text);
  if (isFields(value)) return value;
  throw new UnwedgeError("unavailable", `not a coordinator's answer: ${text.slice(0, 100)}`);
}

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function detailOf(text: string): string {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null && "detail" in body) return String(body.detail);
  } catch {
    // Not from our API: said as it came.
  }
  return text.slice(0, 300);
}
