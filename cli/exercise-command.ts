// How `unwedge exercise` is spelled.

import type { Command } from "commander";
import type { Io } from "./io.ts";
import { countOf, type Ends, option } from "./options.ts";

const WHICH = "its number on the ladder, or its name";

const folderOption = (flags: string) =>
  option(flags, "folder of the files that are worked on").default("exercises");

const CHECK_HELP = `
Exit code 1 while something fails, 2 where nothing is proven, 65 when more was changed than may be.

Examples:
  unwedge exercise check 1
  unwedge exercise check handed-in/*/larger-reserve.yaml --seeds 5 --json`;

export function addExercise(program: Command, io: Io, ends: Ends): void {
  const exercise = program
    .command("exercise")
    .summary("ten scenarios to turn green, checked")
    .description(
      "A ladder of ten scenarios that wedge, each to be turned green by a policy or a setting.",
    );
  exercise
    .command("list", { isDefault: true })
    .summary("the ladder, and how far you are")
    .addOption(folderOption("--in <dir>"))
    .action(
      ends(async (flags: { in: string }) => {
        const { listExercises } = await import("./exercise.ts");
        return listExercises(flags.in, io);
      }),
    );
  exercise
    .command("start")
    .summary("write an exercise's scenario, to be changed")
    .argument("<exercise>", WHICH)
    .addOption(folderOption("--out <dir>"))
    .action(
      ends(async (which: string, flags: { out: string }) => {
        const { startExercise } = await import("./exercise.ts");
        return startExercise(which, flags.out, io);
      }),
    );
  exercise
    .command("hint")
    .summary("what to read or run when stuck")
    .argument("<exercise>", WHICH)
    .action(
      ends(async (which: string) => {
        const { hintExercise } = await import("./exercise.ts");
        return hintExercise(which, io);
      }),
    );
  exercise
    .command("check")
    .summary("whether it is green, and what still fails")
    .argument(
      "<file...>",
      "files that start has written, changed; or numbers or names of exercises",
    )
    .addOption(folderOption("--in <dir>"))
    .addOption(option("--seeds <n>", "runs of each; as many as the exercise asks for by default"))
    .addOption(option("--threads <n>", "how many at once; one for each processor by default"))
    .addOption(option("--json", "one JSON array"))
    .addHelpText("after", CHECK_HELP)
    .action(
      ends(async (names: string[], { json = false, in: folder, ...counts }: CheckFlags) => {
        const { checkExercises } = await import("./exercise-check.ts");
        const seeds = countOf("--seeds", counts.seeds, 1);
        const threads = countOf("--threads", counts.threads, 1);
        return checkExercises(names, { seeds, folder, json, threads }, io);
      }),
    );
}

interface CheckFlags {
  readonly in: string;
  readonly seeds?: string;
  readonly threads?: string;
  readonly json?: boolean;
}
