import { expect, test } from "vitest";
import { commandsOf } from "./commands.ts";

test("commands are the lines of sh blocks, without comments; first commands stand apart", () => {
  const text =
    "```sh\na --b c   # why\n\nd#e\n```\n```\nno\n```\n<!-- first command: x -->\n```sh\nf\n```\n";
  expect(commandsOf(text)).toEqual({ commands: ["a --b c", "d#e"], firstCommands: ["f"] });
});
