// What a request that cannot be answered is told: application/problem+json. RFC 9457.

export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** More that a program can use: what is missing, what would have been understood. */
  readonly [extra: string]: unknown;
}

/** Statuses this API answers with, and what each is called. */
const TITLES = {
  400: "Not understood",
  401: "No token",
  404: "Not there",
  405: "Not allowed here",
  409: "In conflict",
  413: "Too large",
  415: "Not JSON",
  422: "Not possible",
  429: "Too many",
  431: "Headers too large",
  500: "Internal error",
  503: "Not available",
} as const;
export type ProblemStatus = keyof typeof TITLES;

export class Problem extends Error {
  readonly status: ProblemStatus;
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(
    status: ProblemStatus,
    detail: string,
    extra: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail);
    this.name = "Problem";
    this.status = status;
    this.extra = extra;
  }
}

export const PROBLEM_TYPE = "application/problem+json";

export const problemBody = ({ status, message, extra }: Problem): ProblemBody => ({
  ...extra,
  type: "about:blank",
  title: TITLES[status],
  status,
  detail: message,
});

/** Some messages repeat what was sent. */
const DETAIL_MAX = 300;

/** What fastify, a parser or a bug of ours threw, as a problem. What is ours to know stays with us. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const status = statusOf(error);
  if (status === null || status >= 500)
    return new Problem(500, "this is a bug of ours; it was logged");
  const known = isKnown(status) ? status : 400;
  const said = error instanceof Error ? error.message : "not understood";
  return new Problem(known, said.slice(0, DETAIL_MAX));
}

const isKnown = (status: number): status is ProblemStatus => Object.hasOwn(TITLES, status);

function statusOf(error: unknown): number | null {
  if (typeof error !== "object" || error === null || !("statusCode" in error)) return null;
  return typeof error.statusCode === "number" ? error.statusCode : null;
}
