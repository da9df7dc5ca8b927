// The one place of the command line that reads the environment. Options have their own variables, UNWEDGE_ and the flag's name.

import type { Settings } from "./io.ts";

/** NO_COLOR and FORCE_COLOR as no-color.org and force-color.org have them; CI is nobody watching. */
export function readSettings(env: NodeJS.ProcessEnv, hasTerminal: boolean): Settings {
  const isTerminal = hasTerminal && !isSet(env["CI"]);
  const isForced = isSet(env["FORCE_COLOR"]) && env["FORCE_COLOR"] !== "0";
  return { isTerminal, hasColour: !isSet(env["NO_COLOR"]) && (isForced || isTerminal) };
}

const isSet = (value: string | undefined): boolean => value !== undefined && value !== "";
