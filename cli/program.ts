// The command line as a whole: which commands there are, what each may be told, and how a command ends.
//
// A command is a function of its options that gives an exit code; whatever it cannot do it throws as an UnwedgeError, which
// is printed once, here. Every option can also come from the environment, as UNWEDGE_ and its name. What a command does is
// loaded when it is asked for.

import { Argument, Command, CommanderError } from "commander";
import { EXIT, UnwedgeError } from "#base/error.ts";
import packageJson from "../package.json" with { type: "json" };
import { addDiff, addDmesg, addExplain, addFork, addProc, addReplay } from "./bundle-command.ts";
import { addCluster } from "./cluster-command.ts";
import type { Shell } from "./completion.ts";
import { addExercise } from "./exercise-command.ts";
import { addFilms } from "./film-command.ts";
import { addFlood } from "./flood-command.ts";
import { addImportHost } from "./import-command.ts";
import type { Io } from "./io.ts";
import { addNode } from "./node-command.ts";
import { type Ends, option, repeated } from "./options.ts";
import { addDemo, addRun } from "./run-command.ts";
import { ScriptFiles } from "./script-file.ts";
import {
  addAttack,
  addClaims,
  addMatrix,
  addNoReturn,
  addRescue,
  addSearch,
  addSweep,
} from "./study-command.ts";
import { addSwapd } from "./swapd-command.ts";
import { addSwarm } from "./swarm-command.ts";
import { addWorker } from "./worker-command.ts";

/** Runs the command line `args` (without node and script) and gives its exit code. */
export async function main(args: readonly string[], io: Io): Promise<number> {
  const ending: Ending = { code: EXIT.ok };
  const scripts = new ScriptFiles(io);
  try {
    await programOf(scripts.io, ending)
      .hook("preAction", (_program, command) => scripts.open(command.processedArgs))
      .parseAsync(args, { from: "user" });
    return ending.code;
  } catch (error) {
    return reported(error, io);
  }
}

/** What the chosen command has answered. */
interface Ending {
  code: number;
}

function programOf(io: Io, ending: Ending): Command {
  const program = new Command("unwedge")
    .description(packageJson.description)
    .version(packageJson.version, "--version", "print the version")
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .showSuggestionAfterError()
    .exitOverride();
  const ends =
    <A extends unknown[]>(run: (...args: A) => number | Promise<number>) =>
    async (...args: A): Promise<void> => {
      ending.code = await run(...args);
    };
  addDemo(program, io, ends);
  addRun(program, io, ends);
  addReplay(program, io, ends);
  addFork(program, io, ends);
  addDiff(program, io, ends);
  addExplain(program, io, ends);
  addFilms(program, io, ends);
  addProc(program, io, ends);
  addDmesg(program, io, ends);
  addCluster(program, io, ends);
  addNode(program, io, ends);
  addValidate(program, io, ends);
  addNew(program, io, ends);
  addExercise(program, io, ends);
  addShow(program, io, ends);
  addMarks(program, io, ends);
  addImportHost(program, io, ends);
  addFlood(program, io, ends);
  addClaims(program, io, ends);
  addSwapd(program, io, ends);
  addSearch(program, io, ends);
  addNoReturn(program, io, ends);
  addRescue(program, io, ends);
  addAttack(program, io, ends);
  addSweep(program, io, ends);
  addMatrix(program, io, ends);
  addSwarm(program, io, ends);
  addWorker(program, io, ends);
  addCompletion(program, io, ends);
  return program;
}

function addValidate(program: Command, io: Io, ends: Ends): void {
  program
    .command("validate")
    .summary("say everything that is wrong with scenarios")
    .description(
      "Checks scenarios with all their variants and runs nothing. Exit code 65 when one is wrong.",
    )
    .argument("<file...>", "paths, - for stdin, or names of shipped scenarios")
    .addOption(option("--json", "one JSON array of reports"))
    .addHelpText("after", "\nExample: unwedge validate scenarios/*.yaml")
    .action(
      ends(async (names: string[], { json = false }: { json?: boolean }) => {
        const { validate } = await import("./validate.ts");
        return validate(names, { json }, io);
      }),
    );
}

function addNew(program: Command, io: Io, ends: Ends): void {
  program
    .command("new")
    .summary("write a commented scenario to begin with")
    .description(
      "Writes NAME.yaml, three machines that wedge in one variant and come back in the other, and the schema for editors beside it.",
    )
    .argument("<name>", "its id and the name of its file")
    .addOption(option("--in <dir>", "folder it is written to").default("scenarios"))
    .addHelpText("after", "\nExample: unwedge new my-outage --in .")
    .action(
      ends(async (name: string, flags: { in: string }) => {
        const { newScenario } = await import("./new-scenario.ts");
        return newScenario(name, flags.in, io);
      }),
    );
  program
    .command("schema")
    .summary("print the JSON Schema of scenarios")
    .description("Prints what editors check a scenario against while it is typed.")
    .addHelpText("after", "\nExample: unwedge schema > scenario.schema.json")
    .action(
      ends(async () => {
        const { printSchema } = await import("./new-scenario.ts");
        return printSchema(io);
      }),
    );
}

function addCompletion(program: Command, io: Io, ends: Ends): void {
  program
    .command("completion")
    .summary("print what completes commands in a shell")
    .description("Prints a script with which a shell completes commands, options and their words.")
    .addArgument(new Argument("<shell>", "which").choices(["bash", "zsh", "fish"]))
    .addHelpText("after", '\nExample: eval "$(unwedge completion bash)"')
    .action(
      ends(async (shell: Shell) => {
        const { completionScript } = await import("./completion.ts");
        io.out(completionScript(program, shell));
        return EXIT.ok;
      }),
    );
}

interface ShowFlags {
  variant?: string;
  policy?: string;
  set?: string[];
  json?: boolean;
}

function addShow(program: Command, io: Io, ends: Ends): void {
  program
    .command("show")
    .summary("print a scenario as it would be run")
    .description("Prints a scenario with its variant merged in and every parameter filled in.")
    .argument("<file>", "a path, - for stdin, or the name of a shipped scenario")
    .addOption(option("--variant <name>", "which variant; the first one by default"))
    .addOption(option("--policy <name>", "policy of every machine"))
    .addOption(repeated("--set <path=value>", "change a value; may be given again"))
    .addOption(option("--json", "what engines are given, in their units"))
    .addHelpText(
      "after",
      "\nExample: unwedge show zijlstra-wedge --set outage=20s --set nodes.A.memory.ram=128MiB",
    )
    .action(
      ends(async (name: string, { variant = "", policy = "", set = [], json }: ShowFlags) => {
        const { show } = await import("./show.ts");
        const options = { variant: orNull(variant), policy: orNull(policy), set };
        return show(name, { ...options, json: json ?? false }, io);
      }),
    );
}

interface MarksOptions {
  ram: string;
  kernel: string;
  kernelMemory?: string;
  minFree?: string;
  thp?: boolean;
  watermarkScaleFactor: string;
  vectors?: string;
  json?: boolean;
}

function addMarks(program: Command, io: Io, ends: Ends): void {
  program
    .command("marks")
    .summary("print a machine's marks and limits")
    .description(
      "Prints watermarks, floors and limits of a machine, or checks a file of readings of real kernels.",
    )
    .addOption(option("--ram <size>", "all of RAM").default("2 GiB"))
    .addOption(option("--kernel <version>", "which kernel's rules").default("6.1"))
    .addOption(
      option("--kernel-memory <size>", "what the kernel keeps; 48 MiB + RAM/64 by default"),
    )
    .addOption(
      option("--min-free <size>", "vm.min_free_kbytes as a size; the kernel's formula by default"),
    )
    .addOption(option("--thp", "transparent huge pages are on"))
    .addOption(option("--watermark-scale-factor <n>", "in 1/10000 of a zone").default("10"))
    .addOption(option("--vectors <file>", "check readings instead; exit code 1 on a mismatch"))
    .addOption(option("--json", "one JSON object"))
    .addHelpText("after", "\nExample: unwedge marks --ram 2GiB --kernel 6.1")
    .action(
      ends(async (flags: MarksOptions) => {
        const { marks } = await import("./marks-command.ts");
        const { kernelMemory = null, minFree = null, vectors = null } = flags;
        const { thp = false, json = false } = flags;
        return marks({ ...flags, kernelMemory, minFree, vectors, thp, json }, io);
      }),
    );
}

const orNull = (text: string): string | null => (text === "" ? null : text);

/** Says what went wrong, once, and gives the exit code for it. */
function reported(error: unknown, io: Io): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof UnwedgeError) {
    io.err(`${error.message}\n`);
    return error.exitCode;
  }
  io.err(
    `unwedge: internal error\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return EXIT.internal;
}
