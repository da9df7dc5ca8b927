// How `unwedge page`, `unwedge report` and `unwedge export` are spelled.

import type { Command } from "commander";
import { EXIT, UnwedgeError } from "#base/error.ts";
import type { Io } from "./io.ts";
import { countOf, type Ends, option } from "./options.ts";

const BUNDLE = "a file that unwedge run has written";
/** Beside the others of the project; any free one with 0. */
const PAGE_PORT = "8080";

export function addFilms(program: Command, io: Io, ends: Ends): void {
  addPage(program, io, ends);
  addReport(program, io, ends);
  addExport(program, io, ends);
}

function addPage(program: Command, io: Io, ends: Ends): void {
  program
    .command("page")
    .summary("serve the page, which runs the machines in the browser")
    .description("Serves the page on this host only, until Ctrl-C. It needs no cluster.")
    .addOption(option("--port <n>", "which port; 0: any that is free").default(PAGE_PORT))
    .addHelpText("after", "\nExample: unwedge page --port 8080")
    .action(
      ends(async (flags: { port: string }) => {
        const { page } = await import("./page.ts");
        return page(countOf("--port", flags.port, 0) ?? 0, io);
      }),
    );
}

function addReport(program: Command, io: Io, ends: Ends): void {
  program
    .command("report")
    .summary("write a bundle's run as one HTML file")
    .description(
      "Runs a bundle's run again and writes a file that shows it in any browser, without a server: scrubber, charts, proof.",
    )
    .argument("<bundle>", BUNDLE)
    .addOption(option("-o, --output <file>", "where to").default("report.html"))
    .addHelpText(
      "after",
      "\nExample: unwedge report runs/zijlstra-wedge-vanilla-2007-7-79abe64b.unwedge -o report.html",
    )
    .action(
      ends(async (path: string, flags: { output: string }) => {
        const { report } = await import("./report.ts");
        return report(path, flags.output, io);
      }),
    );
}

function addExport(program: Command, io: Io, ends: Ends): void {
  program
    .command("export")
    .summary("write a bundle's run for other tools")
    .description("Runs a bundle's run again and prints it as a table or as a trace.")
    .argument("<bundle>", BUNDLE)
    .addOption(option("--csv", "one row a machine and frame"))
    .addOption(option("--perfetto", "a trace for ui.perfetto.dev or chrome://tracing"))
    .addHelpText(
      "after",
      "\nExample: unwedge export runs/zijlstra-wedge-vanilla-2007-7-79abe64b.unwedge --csv > run.csv",
    )
    .action(
      ends(async (path: string, flags: { csv?: boolean; perfetto?: boolean }) => {
        if ((flags.csv === true) === (flags.perfetto === true))
          throw new UnwedgeError("usage", "export: give one of --csv and --perfetto");
        const { filmOf } = await import("./film.ts");
        const { csvOf, perfettoOf } = await import("./film-export.ts");
        const film = await filmOf(path, io);
        if (film === null) return EXIT.interrupted;
        io.out(flags.csv === true ? csvOf(film) : perfettoOf(film));
        return EXIT.ok;
      }),
    );
}
