// docs/cli.md names every command, every option, every key and every exit code there is.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { EXIT } from "#base/error.ts";
import { main } from "#cli/program.ts";
import { FakeIo } from "../support/fake-io.ts";
import { runSchema } from "../support/run-schema.ts";

const page = readFileSync("docs/cli.md", "utf8");

async function helpOf(...command: string[]): Promise<string> {
  const io = new FakeIo();
  await main([...command, "--help"], io);
  return io.stdout;
}

test("every command", async () => {
  const commands = [...(await helpOf()).matchAll(/^ {2}([a-z]+) .*\S/gm)].map(([, name]) => name);
  const known = commands.filter((name) => name !== "help");
  expect(known).toContain("demo");
  for (const name of known) expect(page).toMatch(new RegExp(`^\\| .*\`${name}[ \`]`, "m"));
});

test("every option of run", async () => {
  const options = [...(await helpOf("run")).matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, name]) => name);
  expect(options.length).toBeGreaterThan(10);
  for (const option of options) expect(page).toContain(`\`${option}`);
});

test("every exit code", () => {
  const rows = page.match(/^\| \d+.*?\|/gm)?.join(" ") ?? "";
  for (const code of Object.values(EXIT)) expect(rows).toMatch(new RegExp(`\\b${code}\\b`));
});

test("every key of --json", () => {
  for (const key of Object.keys(runSchema.shape)) expect(page).toMatch(new RegExp(`\`${key}[\`[]`));
});
