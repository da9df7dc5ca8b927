// How `unwedge run` and `unwedge demo` are spelled: their options, and what is refused of them. What they do is loaded when
// they are asked for: the simulator is most of what there is to load.

import type { Command } from "commander";
import { UnwedgeError } from "#base/error.ts";
import type { Io } from "./io.ts";
import { countOf, option, repeated } from "./options.ts";
import type { RunOptions } from "./run.ts";

interface RunFlags {
  variant?: string;
  seed?: string;
  runs?: string;
  all?: boolean;
  policy?: string;
  set?: string[];
  engine: string;
  dry?: boolean;
  json?: boolean;
  ndjson?: boolean;
  quiet?: boolean;
  checkDeterminism?: boolean;
}

type Ends = <A extends unknown[]>(
  run: (...args: A) => number | Promise<number>,
) => (...args: A) => Promise<void>;

const RUN_HELP = `
Exit codes: 0 every expectation met (an expected wedge is one), 1 one failed, 2 inconclusive,
3 two runs of one seed differ, 4 cannot be run here, 64 usage, 65 invalid scenario, 124 wall
limit, 130 interrupted. Of several runs the worst counts.

Examples:
  unwedge run zijlstra-wedge --variant swapnbd-v9 --seed 7
  unwedge run zijlstra-wedge --all
  unwedge run zijlstra-wedge --policy mainline-6.1 --set params.outage=20s`;

export function addRun(program: Command, io: Io, ends: Ends): void {
  program
    .command("run")
    .summary("run a scenario and say what became of it")
    .description(
      "Runs a scenario in virtual time: its first variant with its first seed, or what is asked for.",
    )
    .argument("<file>", "a path, - for stdin, or the name of a shipped scenario")
    .addOption(option("--variant <name>", "which variant; the first one by default"))
    .addOption(option("--seed <n>", "first seed; the scenario's by default"))
    .addOption(option("--runs <n>", "how many seeds, one after the other"))
    .addOption(option("--all", "every variant, and as many seeds as the scenario says"))
    .addOption(option("--policy <name>", "policy of every machine"))
    .addOption(repeated("--set <path=value>", "change a value; may be given again"))
    .addOption(option("--engine <name>", "virtual is the only one so far").default("virtual"))
    .addOption(option("--dry", "print timeline, checks and cost, and run nothing"))
    .addOption(option("--check-determinism", "run twice and compare every event"))
    .addOption(option("--json", "one JSON object"))
    .addOption(option("--ndjson", "one event a line, the result last"))
    .addOption(option("--quiet", "one line"))
    .addHelpText("after", RUN_HELP)
    .action(
      ends(async (name: string, flags: RunFlags) => {
        const options = runOptions(flags);
        const { run } = await import("./run.ts");
        return run(name, options, io);
      }),
    );
}

function runOptions(flags: RunFlags): RunOptions {
  return {
    variant: flags.variant ?? null,
    seed: countOf("--seed", flags.seed, 0),
    runs: countOf("--runs", flags.runs, 1),
    all: flags.all ?? false,
    policy: flags.policy ?? null,
    set: flags.set ?? [],
    engine: flags.engine,
    dry: flags.dry ?? false,
    checkDeterminism: flags.checkDeterminism ?? false,
    print: printOf(flags),
  };
}

function printOf({ json, ndjson, quiet }: RunFlags): RunOptions["print"] {
  const asked = [json && "json", ndjson && "ndjson", quiet && "quiet"].filter(Boolean);
  if (asked.length > 1)
    throw new UnwedgeError("usage", `--${asked.join(" and --")}: only one of them can be had`);
  if (json) return "json";
  if (ndjson) return "ndjson";
  return quiet ? "quiet" : "text";
}

export function addDemo(program: Command, io: Io, ends: Ends): void {
  program
    .command("demo")
    .summary("show the wedge, and two machines that survive it")
    .description(
      "Three machines, one outage, three kernels: runs zijlstra-wedge and draws A's memory.",
    )
    .addHelpText("after", "\nExample: unwedge demo")
    .action(
      ends(async () => {
        const { demo } = await import("./demo.ts");
        return demo(io);
      }),
    );
}
