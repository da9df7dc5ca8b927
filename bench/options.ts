// What the command line of `npm run bench` may say.

import { parseArgs } from "node:util";
import { UnwedgeError } from "#base/error.ts";

export interface Options {
  /** Where the results go as JSON: a file, "-" for standard output, null for nowhere. */
  readonly json: string | null;
  /** Names of the benchmarks to run. */
  readonly names: readonly string[];
  /** Fewer pairs of shorter runs: to see that it works, not to quote. */
  readonly quick: boolean;
  readonly help: boolean;
}

export const usage = `npm run bench -- [--quick] [--only NAME]... [--json FILE|-]

  --only NAME     run this benchmark only; may be given several times
  --quick         fewer and shorter runs: figures that say little
  --json FILE|-   write the results as JSON too; - is standard output, the table then goes to standard error
`;

/** Arguments after the program's name. `known` are the names of all benchmarks. */
export function optionsOf(args: readonly string[], known: readonly string[]): Options {
  const { values } = parsed(args);
  const unknown = values.only.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new UnwedgeError("usage", `no benchmark "${unknown}"; there are: ${known.join(", ")}`);
  return {
    json: values.json ?? null,
    names: known.filter((name) => values.only.length === 0 || values.only.includes(name)),
    quick: values.quick,
    help: values.help,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        json: { type: "string" },
        only: { type: "string", multiple: true, default: [] },
        quick: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
  } catch (cause) {
    throw new UnwedgeError("usage", cause instanceof Error ? cause.message : "bad arguments", {
      cause,
    });
  }
}
