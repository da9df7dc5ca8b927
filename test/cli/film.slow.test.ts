// `unwedge report` and `unwedge export`: a bundle's run for other eyes.

import { gunzipSync } from "node:zlib";
import { beforeAll, expect, test } from "vitest";
import { csvOf } from "#cli/film-export.ts";
import { main } from "#cli/program.ts";
import type { Film } from "#sim/index.ts";
import { equalBytes } from "#wire/bytes.ts";
import { OUTAGE } from "../support/bundle-fixtures.ts";
import { FakeIo } from "../support/fake-io.ts";
import { tinyFilm } from "../support/films.ts";
import { packetsOf } from "../support/pcapng.ts";

let io: FakeIo;
let bundle: string;
beforeAll(async () => {
  io = new FakeIo({ "outage.yaml": OUTAGE });
  await main(["run", "outage.yaml", "--quiet"], io);
  bundle = [...io.written.keys()][0] ?? "";
});

function commanded(...args: string[]): Promise<number> {
  io.stdout = "";
  io.stderr = "";
  return main(args, io);
}

/** What a report carries. */
function filmIn(path: string): Film {
  const html = new TextDecoder().decode(io.written.get(path));
  const packed = /id="film">([^<]+)</.exec(html)?.[1] ?? "";
  return JSON.parse(gunzipSync(Buffer.from(packed, "base64")).toString());
}

test("a report is one file that asks nobody, and carries the film", async () => {
  expect(await commanded("report", bundle, "-o", "out.html")).toBe(0);
  const html = new TextDecoder().decode(io.written.get("out.html"));
  expect(html).not.toMatch(/(src|href)="(?!data:)/);
  expect(filmIn("out.html")).toMatchObject({ schema: "unwedge-film/v1", title: { seed: 1 } });
  expect(io.stderr).toBe("");
});

test("a report says the point of no return when it is asked, the one that `no-return` finds", async () => {
  expect(await commanded("report", bundle, "-o", "asked.html", "--point-of-no-return")).toBe(0);
  const { noReturn } = filmIn("asked.html");
  const said = io.stdout;
  await commanded("no-return", "outage.yaml", "--json");
  expect(JSON.parse(io.stdout)).toMatchObject({ ...noReturn?.found, fault: noReturn?.fault.id });
  expect(said).toMatch(/point of no return|nothing to come back from|lost as soon as it opens/);
});

test("whoever names a fault that does not heal by itself is told which do", async () => {
  const asked = ["--point-of-no-return", "--fault", "nobody"];
  expect(await commanded("report", bundle, "-o", "none.html", ...asked)).toBe(64);
  expect(io.stderr).toContain("--fault: expected one of");
  expect(io.written.has("none.html")).toBe(false);
});

test("a table has one row a machine and frame, all of the same width", async () => {
  expect(await commanded("export", bundle, "--csv")).toBe(0);
  const [head = "", ...rows] = io.stdout.trimEnd().split("\r\n");
  expect(head.startsWith("at_ns,phase,faults,machine,free_pages")).toBe(true);
  expect(rows.length % 3).toBe(0);
  expect(new Set(rows.map((row) => row.split(",").length))).toEqual(
    new Set([head.split(",").length]),
  );
});

test("a trace names every machine, and its slices lie within the run", async () => {
  expect(await commanded("export", bundle, "--perfetto")).toBe(0);
  const { traceEvents } = JSON.parse(io.stdout);
  const names = traceEvents.filter(({ ph }: { ph: string }) => ph === "M");
  expect(names.map(({ args }: { args: { name: string } }) => args.name)).toContain("C");
  const slices = traceEvents.filter(({ ph }: { ph: string }) => ph === "X");
  expect(slices.length).toBeGreaterThan(1);
  for (const { dur } of slices) expect(dur).toBeGreaterThanOrEqual(0);
});

test("a capture lies beside its bundle, and is the same each time", async () => {
  expect(await commanded("export", bundle, "--pcapng")).toBe(0);
  const [path = "", size] = io.stdout.trim().split(": ");
  expect(path).toBe(bundle.replace(".unwedge", ".pcapng"));
  expect(size).toMatch(/^\d+ KiB$/);
  const first = io.written.get(path) ?? new Uint8Array();
  expect(packetsOf(first).length).toBeGreaterThan(1_000);
  expect(await commanded("export", bundle, "--pcapng", "-o", "again.pcapng")).toBe(0);
  expect(equalBytes(io.written.get("again.pcapng") ?? new Uint8Array(), first)).toBe(true);
});

test("neither or both forms are refused", async () => {
  expect(await commanded("export", bundle)).toBe(64);
  expect(await commanded("export", bundle, "--csv", "--perfetto")).toBe(64);
});

test("a spreadsheet gets no formula", () => {
  const film: Film = tinyFilm("fits");
  const title = {
    ...film.title,
    cast: film.title.cast.map((each) => ({ ...each, name: '=1+1,"x' })),
  };
  expect(csvOf({ ...film, title })).toContain(`"'=1+1,""x"`);
});
