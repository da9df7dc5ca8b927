// How `unwedge run` and `unwedge demo` are spelled: their options, and what is refused of them. What they do is loaded when
// they are asked for: the simulator is most of what there is to load.

import { type Command, Option } from "commander";
import { UnwedgeError } from "#base/error.ts";
import { clusterAt, URL_DEFAULT } from "./cluster-client.ts";
import type { Io } from "./io.ts";
import { countOf, type Ends, option, repeated } from "./options.ts";
import type { RunOptions } from "./run.ts";

interface RunFlags {
  variant?: string;
  seed?: string;
  runs?: string;
  all?: boolean;
  policy?: string;
  set?: string[];
  engine: string;
  slowdown?: string;
  foreign?: string[];
  url: string;
  token?: string;
  dry?: boolean;
  json?: boolean;
  ndjson?: boolean;
  quiet?: boolean;
  checkDeterminism?: boolean;
  out: string;
  bundle: boolean;
  junit?: string;
}

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
      "Runs a scenario, in virtual time if nothing else is said: its first variant with its first seed, or what is asked for.",
    )
    .argument("<file>", "a path, - for stdin, or the name of a shipped scenario")
    .addOption(option("--variant <name>", "which variant; the first one by default"))
    .addOption(option("--seed <n>", "first seed; the scenario's by default"))
    .addOption(option("--runs <n>", "how many seeds, one after the other"))
    .addOption(option("--all", "every variant, and as many seeds as the scenario says"))
    .addOption(option("--policy <name>", "policy of every machine"))
    .addOption(repeated("--set <path=value>", "change a value; may be given again"))
    .addOption(
      option(
        "--engine <name>",
        "virtual; sockets: a process each; cluster: the one that is up",
      ).default("virtual"),
    )
    .addOption(
      option("--slowdown <n>", "host time per machine time; on sockets 1, on a cluster found out"),
    )
    .addOption(option("--url <url>", "on a cluster: of its coordinator").default(URL_DEFAULT))
    .addOption(option("--token <text>", "on a cluster: that the coordinator printed"))
    .addOption(
      repeated(
        "--foreign <name[=address:port]>",
        "on sockets or a cluster: a host somebody else plays",
      ),
    )
    .addOption(option("--dry", "print timeline, checks and cost, and run nothing"))
    .addOption(option("--check-determinism", "run twice and compare every event"))
    .addOption(option("--out <dir>", "folder for bundles").default("runs"))
    .addOption(new Option("--no-bundle", "leave no bundle behind (env: UNWEDGE_BUNDLE=0)"))
    .addOption(option("--junit <file>", "also write JUnit XML: a test case for each check"))
    .addOption(option("--json", "one JSON object"))
    .addOption(option("--ndjson", "one event a line, the result last"))
    .addOption(option("--quiet", "one line"))
    .addHelpText("after", RUN_HELP)
    .action(
      ends(async (name: string, flags: RunFlags) => {
        const options = runOptions(flags, io);
        const { run } = await import("./run.ts");
        return run(name, options, io);
      }),
    );
}

function runOptions(flags: RunFlags, { settings }: Io): RunOptions {
  const { foreign = [] } = flags;
  return {
    variant: flags.variant ?? null,
    seed: countOf("--seed", flags.seed, 0),
    runs: countOf("--runs", flags.runs, 1),
    all: flags.all ?? false,
    policy: flags.policy ?? null,
    set: flags.set ?? [],
    engine: engineOf(flags.engine),
    slowdown: countOf("--slowdown", flags.slowdown, 1),
    at: clusterAt(flags),
    foreign,
    engineWords: [
      ...(flags.slowdown === undefined ? [] : ["--slowdown", flags.slowdown]),
      ...foreign.flatMap((host) => ["--foreign", host]),
    ],
    dry: flags.dry ?? false,
    checkDeterminism: flags.checkDeterminism ?? false,
    out: flags.bundle && settings.writesBundles ? flags.out : null,
    junit: flags.junit ?? null,
    print: printOf(flags),
  };
}

function engineOf(engine: string): RunOptions["engine"] {
  if (engine === "virtual" || engine === "sockets" || engine === "cluster") return engine;
  if (engine === "kernel")
    throw new UnwedgeError(
      "skipped",
      "--engine kernel: not built: this version has no virtual machine as A",
    );
  throw new UnwedgeError(
    "usage",
    `--engine ${engine}: expected one of virtual, sockets, cluster, kernel`,
  );
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
