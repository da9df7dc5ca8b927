// `unwedge export BUNDLE`: a bundle's run for other tools.

import { EXIT } from "#base/error.ts";
import { captureOf, filmOf, tracedRunOf } from "./film.ts";
import { csvOf, perfettoOf } from "./film-export.ts";
import type { Io } from "./io.ts";

export type ExportForm = "csv" | "perfetto" | "pcapng";

/** `out`: a file; null: text is printed, a capture lies beside its bundle. */
export async function exportRun(
  path: string,
  form: ExportForm,
  out: string | null,
  io: Io,
): Promise<number> {
  const bytes = form === "pcapng" ? await captureOf(path, io) : await textOf(path, form, io);
  if (bytes === null) return EXIT.interrupted;
  const file = out ?? (form === "pcapng" ? `${path.replace(/\.unwedge$/, "")}.pcapng` : null);
  if (file === null) io.out(new TextDecoder().decode(bytes));
  else {
    io.write(file, bytes);
    io.out(`${file}: ${Math.ceil(bytes.length / 1024)} KiB\n`);
  }
  return EXIT.ok;
}

async function textOf(
  path: string,
  form: Exclude<ExportForm, "pcapng">,
  io: Io,
): Promise<Uint8Array | null> {
  const film = await filmOf(path, io);
  if (film === null) return null;
  return new TextEncoder().encode(form === "csv" ? csvOf(film) : perfettoOf(film));
}

/** `url`: null for the one that the environment names. */
export async function exportTraces(path: string, url: string | null, io: Io): Promise<number> {
  const { sendTraces } = await import("./otlp.ts");
  const run = await tracedRunOf(path, io);
  if (run === null) return EXIT.interrupted;
  const { traces, spans, open } = await sendTraces(run, {
    url,
    endedMs: Date.parse(io.date()),
    warn: (text) => io.err(`${text}\n`),
  });
  io.out(`${traces} traces of page-outs, ${spans} spans; ${open} never ended\n`);
  return EXIT.ok;
}
