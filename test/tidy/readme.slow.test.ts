import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clone, cleanClone } from "./clean-clone.ts";
import { commandsOf } from "./commands.ts";

// README.md promises five minutes. Every command that it shows is run, on what is committed.

const { commands, firstCommands } = commandsOf(readFileSync("README.md", "utf8"));
/** These need an engine: .ci/run's container stage does what they do. */
const isForEngine = (command: string): boolean => command.startsWith("docker ");

let clone: Clone;
beforeAll(() => {
  clone = cleanClone();
  symlinkSync(join(process.cwd(), "node_modules"), join(clone.root, "node_modules"));
});
afterAll(() => clone.close());

test("there are commands to run", () => {
  expect(commands.length).toBeGreaterThan(3);
});

test.each(commands.filter((command) => !isForEngine(command)))("%s", (command) => {
  const { exit, text } = clone.run("sh", "-c", command);
  expect(exit, text).toBe(0);
});

test("those that install are each tried as the first command", () => {
  expect(firstCommands).toEqual(["npm start", "npm test"]);
});
