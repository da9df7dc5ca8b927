// How commands that run many runs side by side are spelled: their options, and what is refused of them.

import type { Command } from "commander";
import { UnwedgeError } from "#base/error.ts";
import type { Io } from "./io.ts";
import { countOf, type Ends, option, repeated } from "./options.ts";
import type { Runners } from "./study-runs.ts";

interface RunnerFlags {
  threads?: string;
  redis?: string;
}

const threadsOption = () =>
  option("--threads <n>", "how many at once; one for each processor by default");
const redisOption = () =>
  option("--redis <url>", "put the runs on a queue there, for every `unwedge worker`");

/** Who runs them. Throws UnwedgeError when both are told. */
function runnersOf({ threads, redis }: RunnerFlags): Runners {
  const count = countOf("--threads", threads, 1);
  if (redis === undefined) return { threads: count, redisUrl: null };
  if (count !== null)
    throw new UnwedgeError("usage", "--threads: with --redis each worker has its own");
  return { threads: null, redisUrl: redis };
}

interface ClaimsFlags extends RunnerFlags {
  id?: string[];
  seeds: string;
  full?: boolean;
  table: string;
  json?: boolean;
}

const CLAIMS_HELP = `
A claim that does not hold is a finding, and no failure: exit code 0.

Examples:
  unwedge claims --id Z1 --seeds 3
  unwedge claims --json > claims.json`;

export function addClaims(program: Command, io: Io, ends: Ends): void {
  program
    .command("claims")
    .summary("put every argument of the threads on trial")
    .description(
      "Runs what the table of claims names, on all processors, and says of each claim whether it holds.",
    )
    .addOption(repeated("--id <id>", "only this claim; may be given again"))
    .addOption(option("--seeds <n>", "runs of each case").default("20"))
    .addOption(option("--full", "also the cases that take minutes each"))
    .addOption(threadsOption())
    .addOption(redisOption())
    .addOption(option("--table <file>", "another table of claims").default(SHIPPED))
    .addOption(option("--json", "one JSON array"))
    .addHelpText("after", CLAIMS_HELP)
    .action(
      ends(async ({ id = [], full = false, table, json = false, ...counts }: ClaimsFlags) => {
        const { claims } = await import("./claims.ts");
        const seeds = countOf("--seeds", counts.seeds, 1);
        if (seeds === null) throw new UnwedgeError("usage", "--seeds: expected a whole number");
        return claims({ ids: id, seeds, full, ...runnersOf(counts), table, json }, io);
      }),
    );
}

interface SearchFlags extends RunnerFlags {
  id?: string;
  seeds: string;
  json?: boolean;
}

const SEARCH_HELP = `
Exit code 1 when not even the largest value does.

Example: unwedge search zijlstra-wedge --id smallest-min-free --seeds 3`;

export function addSearch(program: Command, io: Io, ends: Ends): void {
  program
    .command("search")
    .summary("find the smallest value with which a check passes")
    .description(
      "Halves the values of a scenario's search until the smallest is found with which its check passes for every seed.",
    )
    .argument("<file>", "a path, - for stdin, or the name of a shipped scenario")
    .addOption(option("--id <id>", "which search; needed when there are several"))
    .addOption(option("--seeds <n>", "runs of each value").default("5"))
    .addOption(threadsOption())
    .addOption(redisOption())
    .addOption(option("--json", "one JSON object"))
    .addHelpText("after", SEARCH_HELP)
    .action(
      ends(async (file: string, { id, json = false, ...counts }: SearchFlags) => {
        const { search } = await import("./search.ts");
        const seeds = countOf("--seeds", counts.seeds, 1) ?? 1;
        return search(file, { id: id ?? null, seeds, ...runnersOf(counts), json }, io);
      }),
    );
}

interface NoReturnFlags {
  variant?: string;
  seed?: string;
  set?: string[];
  fault?: string;
  step: string;
  json?: boolean;
}

const NO_RETURN_HELP = `
Exit code 2 when there is no such instant: the run comes back as it stands, or never does.

Example: unwedge no-return zijlstra-wedge --variant vanilla-2007`;

export function addNoReturn(program: Command, io: Io, ends: Ends): void {
  program
    .command("no-return")
    .summary("find the last instant at which healing still rescues a run")
    .description(
      "Heals a fault of a run sooner and sooner, each time from a state just before it opened, until the last healing is found after which the run comes back.",
    )
    .argument("<file>", "a path, - for stdin, or the name of a shipped scenario")
    .addOption(option("--variant <name>", "which one; the first by default"))
    .addOption(option("--seed <n>", "the scenario's by default"))
    .addOption(repeated("--set <path=value>", "change the scenario; may be given again"))
    .addOption(option("--fault <id>", "which fault is healed; needed when there are several"))
    .addOption(option("--step <ms>", "how exactly the instant is asked for").default("10"))
    .addOption(option("--json", "one JSON object"))
    .addHelpText("after", NO_RETURN_HELP)
    .action(
      ends(
        async (
          file: string,
          { variant, fault, set = [], json = false, ...counts }: NoReturnFlags,
        ) => {
          const { noReturnCommand } = await import("./no-return.ts");
          const seed = countOf("--seed", counts.seed, 0) ?? null;
          const stepMs = countOf("--step", counts.step, 1) ?? 1;
          const said = { variant: variant ?? null, fault: fault ?? null };
          return noReturnCommand(file, { ...said, set, seed, stepMs, json }, io);
        },
      ),
    );
}

interface RescueFlags {
  variant?: string;
  seed?: string;
  policy?: string;
  set?: string[];
  seeds: string;
  allPairs?: boolean;
  threads?: string;
  json?: boolean;
}

const RESCUE_HELP = `
Exit code 1 when nothing that was tried saves it, 2 when it does not wedge as it stands.

Examples:
  unwedge rescue zijlstra-wedge --variant vanilla-2007
  unwedge rescue runs/FILE.unwedge --seeds 5`;

export function addRescue(program: Command, io: Io, ends: Ends): void {
  program
    .command("rescue")
    .summary("find the smallest changes that would have saved a run")
    .description(
      "Changes one decision or size of a machine that wedges, then two, until it comes back: every such set, with its price.",
    )
    .argument("<file>", "a scenario as with run, or a bundle (FILE.unwedge)")
    .addOption(option("--variant <name>", "which one; the first by default"))
    .addOption(option("--seed <n>", "the first; the scenario's by default"))
    .addOption(option("--policy <name>", "policy of every machine to begin with"))
    .addOption(repeated("--set <path=value>", "change the scenario; may be given again"))
    .addOption(option("--seeds <n>", "runs that each answer must come through").default("3"))
    .addOption(option("--all-pairs", "every pair, not only of what some preset has both: minutes"))
    .addOption(threadsOption())
    .addOption(option("--json", "one JSON object"))
    .addHelpText("after", RESCUE_HELP)
    .action(
      ends(async (file: string, flags: RescueFlags) => {
        const { rescueCommand } = await import("./rescue.ts");
        const { variant = null, policy = null, set = [], allPairs = false, json = false } = flags;
        const seed = countOf("--seed", flags.seed, 0);
        const seeds = countOf("--seeds", flags.seeds, 1) ?? 1;
        const threads = countOf("--threads", flags.threads, 1);
        const said = { variant, policy, set, allPairs, json, seed, seeds, threads };
        return rescueCommand(file, said, io);
      }),
    );
}

interface AttackFlags extends RunnerFlags {
  variant?: string;
  seed?: string;
  policy?: string;
  set?: string[];
  fault?: string;
  traffic?: string;
  seeds: string;
  out: string;
  json?: boolean;
}

const ATTACK_HELP = `
Exit code 1 when nothing in the range wedges it.

Example: unwedge attack zijlstra-wedge --policy min-free-20`;

export function addAttack(program: Command, io: Io, ends: Ends): void {
  program
    .command("attack")
    .summary("find the cheapest outage and load that wedge a policy")
    .description(
      "Makes a scenario's outage shorter or longer and its load smaller or larger until the pair is found that costs least and wedges, and writes it down as a scenario.",
    )
    .argument("<file>", "a path, - for stdin, or the name of a shipped scenario")
    .addOption(option("--variant <name>", "which one; the first by default"))
    .addOption(option("--seed <n>", "the scenario's by default"))
    .addOption(option("--policy <name>", "policy of every machine"))
    .addOption(repeated("--set <path=value>", "change the scenario; may be given again"))
    .addOption(option("--fault <id>", "which fault is the outage; needed when there are several"))
    .addOption(option("--traffic <id>", "which load; needed when there are several"))
    .addOption(option("--seeds <n>", "runs of each pair, all of which must wedge").default("1"))
    .addOption(option("--out <dir>", "folder for the scenario").default("attacks"))
    .addOption(threadsOption())
    .addOption(redisOption())
    .addOption(option("--json", "one JSON object"))
    .addHelpText("after", ATTACK_HELP)
    .action(
      ends(async (file: string, flags: AttackFlags) => {
        const { attackCommand } = await import("./attack.ts");
        const { variant = null, policy = null, fault = null, traffic = null } = flags;
        const { set = [], out, json = false } = flags;
        const seed = countOf("--seed", flags.seed, 0);
        const seeds = countOf("--seeds", flags.seeds, 1) ?? 1;
        const said = { variant, policy, fault, traffic, set, out, json, seed, seeds };
        return attackCommand(file, { ...said, ...runnersOf(flags) }, io);
      }),
    );
}

interface SweepFlags extends RunnerFlags {
  id?: string;
  seeds?: string;
  json?: boolean;
}

export function addSweep(program: Command, io: Io, ends: Ends): void {
  program
    .command("sweep")
    .summary("run a scenario over every value of a setting")
    .description(
      "Runs a scenario's sweep: every value of one setting, or every pair of two, with verdicts and figures of each.",
    )
    .argument("<file>", "a path, - for stdin, or the name of a shipped scenario")
    .addOption(option("--id <id>", "which sweep; needed when there are several"))
    .addOption(option("--seeds <n>", "runs of each value; the sweep's own, or 5"))
    .addOption(threadsOption())
    .addOption(redisOption())
    .addOption(option("--json", "one JSON object"))
    .addHelpText("after", "\nExample: unwedge sweep zijlstra-wedge --id outage --seeds 1")
    .action(
      ends(async (file: string, { id, json = false, ...counts }: SweepFlags) => {
        const { sweep } = await import("./sweep.ts");
        const seeds = countOf("--seeds", counts.seeds, 1);
        return sweep(file, { id: id ?? null, seeds, ...runnersOf(counts), json }, io);
      }),
    );
}

interface MatrixFlags extends RunnerFlags {
  policy?: string[];
  seeds: string;
  reserve?: boolean;
  json?: boolean;
}

export function addMatrix(program: Command, io: Io, ends: Ends): void {
  program
    .command("matrix")
    .summary("every preset in every scenario")
    .description(
      "Runs the first variant of each scenario under each preset: verdicts, pages set aside, work done before anything fails.",
    )
    .argument(
      "[file...]",
      "paths or names of shipped scenarios; some shipped ones when none is given",
    )
    .addOption(repeated("--policy <name>", "only this preset; may be given again"))
    .addOption(option("--seeds <n>", "runs of each pair").default("1"))
    .addOption(option("--reserve", "also the smallest reserve that is survived: many more runs"))
    .addOption(threadsOption())
    .addOption(redisOption())
    .addOption(option("--json", "one JSON array"))
    .addHelpText("after", "\nExample: unwedge matrix zijlstra-wedge --policy swapnbd-v9 --reserve")
    .action(
      ends(async (files: string[], flags: MatrixFlags) => {
        const { MATRIX_SCENARIOS, matrix } = await import("./matrix.ts");
        const { policy: policies = [], reserve = false, json = false } = flags;
        const seeds = countOf("--seeds", flags.seeds, 1) ?? 1;
        const scenarios = files.length === 0 ? MATRIX_SCENARIOS : files;
        return matrix({ scenarios, policies, seeds, reserve, ...runnersOf(flags), json }, io);
      }),
    );
}

/** As a bare name is looked up: scenarios/claims/threads.yaml, here or where we are installed. */
const SHIPPED = "claims/threads";
