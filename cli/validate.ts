// `unwedge validate FILE…`: everything that is wrong with scenarios, one line each, and nothing run.

import { EXIT } from "#base/error.ts";
import { type Diagnostic, diagnosticText, openScenario } from "#coordinator/scenario/index.ts";
import type { Io } from "./io.ts";
import { readScenario } from "./scenario-file.ts";

export interface ValidateOptions {
  readonly json: boolean;
}

/** Exit code 0 when all files are sound, 65 when one is not. */
export function validate(names: readonly string[], options: ValidateOptions, io: Io): number {
  const reports = names.map((name) => {
    const { file, text } = readScenario(name, io);
    const opened = openScenario(text, file);
    return {
      file,
      variants: opened.ok ? opened.scenario.variants : [],
      diagnostics: opened.ok ? [] : opened.diagnostics,
    };
  });
  if (options.json) io.out(`${JSON.stringify(reports, null, 2)}\n`);
  else for (const report of reports) print(report, io);
  return reports.every(({ diagnostics }) => diagnostics.length === 0)
    ? EXIT.ok
    : EXIT.invalidScenario;
}

interface Report {
  readonly file: string;
  readonly variants: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

function print({ file, variants, diagnostics }: Report, io: Io): void {
  const counted = variants.length === 0 ? "" : `, ${variants.length} variants`;
  if (diagnostics.length === 0) io.out(`${file}: valid${counted}\n`);
  else io.err(`${diagnostics.map(diagnosticText).join("\n")}\n`);
}
