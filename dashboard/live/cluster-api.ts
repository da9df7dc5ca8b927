// What the page asks of the coordinator by its API. A refusal is thrown as a sentence that says what to do.

import type { Film } from "#sim/index.ts";
import { FILM_SCHEMA } from "#sim/index.ts";
import type { FaultWish, RunWish } from "../model/orders.ts";
import { knownToken } from "./token.ts";

export interface ListedScenario {
  readonly name: string;
  readonly title: string;
  readonly variants: readonly string[];
}

export interface Listed {
  readonly scenarios: readonly ListedScenario[];
  /** Presets that every machine may be given. */
  readonly policies: readonly string[];
}

export async function openFault({ name, target, args, leaseS }: FaultWish): Promise<void> {
  await change("POST", "/api/v1/faults", {
    ...{ name, target },
    args: Object.fromEntries(args),
    lease: leaseS,
  });
}

/** null: all. */
export async function heal(id: string | null): Promise<void> {
  if (id === null) await change("POST", "/api/v1/heal");
  else await change("DELETE", `/api/v1/faults/${encodeURIComponent(id)}`);
}

export async function askForRun(wish: RunWish): Promise<void> {
  await change("POST", "/api/v1/runs", wish);
}

/** Ends a run, or takes it off the queue. */
export async function endRun(id: string): Promise<void> {
  await change("DELETE", `/api/v1/runs/${encodeURIComponent(id)}`);
}

export async function listScenarios(): Promise<Listed> {
  const body: unknown = await (await ask("/api/v1/scenarios", {})).json();
  if (typeof body !== "object" || body === null || !("scenarios" in body) || !("policies" in body))
    throw new Error("this page is older or newer than the coordinator: load it again");
  const { scenarios, policies } = body;
  return {
    scenarios: Array.isArray(scenarios) ? scenarios.filter(isListed) : [],
    policies: Array.isArray(policies) ? policies.map(String) : [],
  };
}

/** What was run, with all that was done by hand so far, as the text of a scenario. */
export async function sessionOf(run: string): Promise<string> {
  return (await ask(`/api/v1/runs/${encodeURIComponent(run)}/scenario`, {})).text();
}

export async function filmOf(run: string): Promise<Film> {
  const film: unknown = await (
    await ask(`/api/v1/runs/${encodeURIComponent(run)}/film`, {})
  ).json();
  if (isFilm(film)) return film;
  throw new Error("this film was kept by another version of unwedge");
}

const isFilm = (value: unknown): value is Film =>
  typeof value === "object" && value !== null && "schema" in value && value.schema === FILM_SCHEMA;

const isListed = (value: unknown): value is ListedScenario =>
  typeof value === "object" &&
  value !== null &&
  "name" in value &&
  "variants" in value &&
  Array.isArray(value.variants);

async function change(method: string, path: string, body?: unknown): Promise<void> {
  const token = knownToken();
  if (token === "")
    throw new Error(
      "to change something the page needs the token that `unwedge up` printed: paste it under Token",
    );
  await ask(path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      "idempotency-key": crypto.randomUUID(),
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

async function ask(path: string, init: RequestInit): Promise<Response> {
  const response = await fetch(path, init).catch(() => {
    throw new Error("the coordinator does not answer: start it with ./unwedge up");
  });
  if (response.ok) return response;
  if (response.status === 401)
    throw new Error(
      "that is not this coordinator's token: it prints a new one at each start. Paste that one under Token",
    );
  throw new Error(detailOf(await response.text()));
}

function detailOf(text: string): string {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null && "detail" in body) return String(body.detail);
  } catch {
    // Not from our API: said as it came.
  }
  return text.slice(0, 300);
}
