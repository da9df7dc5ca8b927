// Options of commands, all made alike: each can also come from the environment, as UNWEDGE_ and its name.

import { Option } from "commander";
import { UnwedgeError } from "#base/error.ts";

/** An option with its variable: `--min-free` is also UNWEDGE_MIN_FREE. */
export function option(flags: string, about: string): Option {
  const made = new Option(flags, about);
  return made.env(`UNWEDGE_${made.name().toUpperCase().replaceAll("-", "_")}`);
}

/** An option that may be given more than once; the first one takes the place of the variable's value. */
export function repeated(flags: string, about: string): Option {
  return option(flags, about).argParser((value: string, before: string[] | undefined) => [
    ...(before ?? []),
    value,
  ]);
}

/** A whole number that an option was given, or null when it was not. Throws UnwedgeError on anything else. */
export function countOf(flag: string, text: string | undefined, least: number): number | null {
  if (text === undefined) return null;
  const count = Number(text);
  if (/^\d{1,15}$/.test(text) && count >= least) return count;
  throw new UnwedgeError(
    "usage",
    `${flag} ${text}: expected a whole number${least > 0 ? `, ${least} or more` : ""}`,
  );
}

/** Makes what a command does into what commander calls: its exit code is the process's, and an error is told. */
export type Ends = <A extends unknown[]>(
  run: (...args: A) => number | Promise<number>,
) => (...args: A) => Promise<void>;
