// How `unwedge page`, `unwedge report` and `unwedge export` are spelled.

import type { Command } from "commander";
import { UnwedgeError } from "#base/error.ts";
import type { ExportForm } from "./export.ts";
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
    .addOption(
      option(
        "--point-of-no-return",
        "find and mark the last instant at which healing rescues the run",
      ),
    )
    .addOption(option("--fault <id>", "with --point-of-no-return: which fault heals sooner"))
    .addHelpText(
      "after",
      "\nExample: unwedge report runs/zijlstra-wedge-vanilla-2007-7-79abe64b.unwedge -o report.html",
    )
    .action(
      ends(async (path: string, { output, ...flags }: ReportFlags) => {
        const { report } = await import("./report.ts");
        const { pointOfNoReturn = false, fault = null } = flags;
        return report(path, { out: output, noReturn: pointOfNoReturn, fault }, io);
      }),
    );
}

interface ReportFlags {
  readonly output: string;
  readonly pointOfNoReturn?: boolean;
  readonly fault?: string;
}

function addExport(program: Command, io: Io, ends: Ends): void {
  program
    .command("export")
    .summary("write a bundle's run for other tools")
    .description(
      "Runs a bundle's run again and gives it as a table, as a trace, or as a capture of its network; or sends its page-outs to a collector of OpenTelemetry.",
    )
    .argument("<bundle>", BUNDLE)
    .addOption(option("--csv", "one row a machine and frame"))
    .addOption(option("--perfetto", "a trace for ui.perfetto.dev or chrome://tracing"))
    .addOption(option("--pcapng", "every packet, for Wireshark and tshark"))
    .addOption(
      option(
        "--otlp [url]",
        "each page-out as a trace, to a collector over OTLP/HTTP; OTEL_EXPORTER_OTLP_ENDPOINT, http://localhost:4318",
      ),
    )
    .addOption(
      option("-o, --output <file>", "where to; standard output, a capture beside its bundle"),
    )
    .addHelpText(
      "after",
      `
Examples:
  unwedge export runs/zijlstra-wedge-vanilla-2007-7-79abe64b.unwedge --csv > run.csv
  unwedge export runs/zijlstra-wedge-vanilla-2007-7-79abe64b.unwedge --pcapng -o run.pcapng
  unwedge export runs/zijlstra-wedge-vanilla-2007-7-79abe64b.unwedge --otlp http://localhost:4318`,
    )
    .action(
      ends(async (path: string, flags: ExportFlags) => {
        const { exportRun, exportTraces } = await import("./export.ts");
        const form = formOf(flags);
        if (form !== "otlp") return exportRun(path, form, flags.output ?? null, io);
        if (flags.output !== undefined)
          throw new UnwedgeError("usage", "export: --otlp sends, and writes no file");
        return exportTraces(path, typeof flags.otlp === "string" ? flags.otlp : null, io);
      }),
    );
}

const FORMS = ["csv", "perfetto", "pcapng", "otlp"] as const;
type ExportFlags = { output?: string; otlp?: true | string } & Partial<Record<ExportForm, boolean>>;

function formOf(flags: ExportFlags): (typeof FORMS)[number] {
  const [form, ...others] = FORMS.filter((name) => flags[name] !== undefined);
  if (form !== undefined && others.length === 0) return form;
  throw new UnwedgeError("usage", "export: give one of --csv, --perfetto, --pcapng and --otlp");
}
