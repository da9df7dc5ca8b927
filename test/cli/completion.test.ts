// What a shell completes, in a real bash; for the others that the script says every command and option.

import { spawnSync } from "node:child_process";
import { beforeAll, describe, expect, test } from "vitest";
import { main } from "#cli/program.ts";
import { FakeIo } from "../support/fake-io.ts";

async function scriptFor(shell: string): Promise<string> {
  const io = new FakeIo();
  expect(await main(["completion", shell], io)).toBe(0);
  return io.stdout;
}

describe("in bash", () => {
  const script = { text: "" };
  beforeAll(async () => {
    script.text = await scriptFor("bash");
  });

  /** What is offered where the last of the words is being typed. */
  function offered(...words: readonly string[]): readonly string[] {
    const ask = `COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _unwedge || true; printf '%s\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr, status } = spawnSync(
      "bash",
      ["-uc", `${script.text}\n${ask}`, "bash", "unwedge", ...words],
      { encoding: "utf8" },
    );
    expect([status, stderr]).toEqual([0, ""]);
    return stdout.split("\n").filter((word) => word !== "");
  }

  test.each([
    [["repl"], ["replay"]],
    [["run", "some.yaml", "--va"], ["--variant"]],
    [
      ["explain", "b.unwedge", "--format", ""],
      ["text", "json", "dot"],
    ],
    [["explain", "b.unwedge", "--format", "d"], ["dot"]],
    [["fault", "a"], ["add"]],
    [["fault", "add", "--f"], ["--for"]],
    [["completion", "z"], ["zsh"]],
  ])("%j gives %j", (words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });

  test("the value of an option and a file are left to the shell", () => {
    expect(offered("run", "--set", "x")).toEqual([]);
    expect(offered("run", "scen")).toEqual([]);
    expect(script.text).toContain("complete -o default -F _unwedge unwedge\n");
  });

  test("a word that is no command of that place does not lead into one", () => {
    expect(offered("run", "fault", "--dr")).toEqual(["--dry"]);
  });
});

test.each(["zsh", "fish"])("%s is told every command, option and word", async (shell) => {
  const text = await scriptFor(shell);
  for (const word of ["rescue", "no-return", "all-pairs", "heal", "poisson"])
    expect(text).toContain(word);
});

test("of another shell it says which there are", async () => {
  const io = new FakeIo();
  expect(await main(["completion", "csh"], io)).toBe(64);
  expect(io.stderr).toContain("Allowed choices are bash, zsh, fish");
});
