// The one place of the command line that reads the environment. Options have their own variables, UNWEDGE_ and the flag's name.

import type { Settings } from "./io.ts";

export interface Terminals {
  readonly isOutTerminal: boolean;
  readonly isErrTerminal: boolean;
  /** undefined: not a terminal, or one that does not say. */
  readonly columns: number | undefined;
  readonly rows: number | undefined;
}

const COLUMNS_DEFAULT = 80;
const ROWS_DEFAULT = 24;
/** What switches a thing off that is on by default. */
const OFF = ["0", "false", "no", "off"];

/** NO_COLOR and FORCE_COLOR as no-color.org and force-color.org have them; CI and TERM=dumb are nobody watching. */
export function readSettings(env: NodeJS.ProcessEnv, terminals: Terminals): Settings {
  const isWatched = !isSet(env["CI"]) && env["TERM"] !== "dumb";
  const isTerminal = terminals.isOutTerminal && isWatched;
  const isForced = isSet(env["FORCE_COLOR"]) && env["FORCE_COLOR"] !== "0";
  return {
    isTerminal,
    isErrTerminal: terminals.isErrTerminal && isWatched,
    hasColour: !isSet(env["NO_COLOR"]) && (isForced || isTerminal),
    writesBundles: !OFF.includes(env["UNWEDGE_BUNDLE"] ?? ""),
    redisUrl: isSet(env["REDIS_URL"]) ? (env["REDIS_URL"] ?? null) : null,
    path: env["PATH"] ?? "",
    githubSummary: githubSummaryOf(env),
    columns: terminals.columns ?? COLUMNS_DEFAULT,
    rows: terminals.rows ?? ROWS_DEFAULT,
  };
}

const githubSummaryOf = (env: NodeJS.ProcessEnv): string | null =>
  env["GITHUB_ACTIONS"] === "true" ? (env["GITHUB_STEP_SUMMARY"] ?? "") : null;

const isSet = (value: string | undefined): boolean => value !== undefined && value !== "";
