// `unwedge new`: what it writes is a sound scenario that runs as it is, and does what it says.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { EXIT } from "#base/error.ts";
import { main } from "#cli/program.ts";
import { FakeIo } from "../support/fake-io.ts";

/** Files of the project can be read, what is written stays here. */
class FilesIo extends FakeIo {
  override readonly read = (path: string): string | null => {
    const bytes = this.written.get(path);
    if (bytes !== undefined) return new TextDecoder().decode(bytes);
    return path.endsWith("three-machines.yaml") ? readFileSync(path, "utf8") : null;
  };
}

test("a new scenario is sound, wedges in one variant and comes back in the other", async () => {
  const io = new FilesIo();
  expect(await main(["new", "my-outage", "--in", "here"], io)).toBe(EXIT.ok);
  expect([...io.written.keys()]).toEqual(["here/my-outage.yaml", "here/scenario.schema.json"]);
  expect(io.read("here/my-outage.yaml")).toMatch(/^# .*\$schema=\.\/scenario\.schema\.json\n/);
  const path = "here/my-outage.yaml";
  expect(await main(["validate", path], io), io.stderr).toBe(EXIT.ok);
  io.stdout = "";
  const run = ["run", path, "--no-bundle", "--quiet", "--variant"];
  expect(await main([...run, "without"], io)).toBe(EXIT.ok);
  expect(await main([...run, "with"], io)).toBe(EXIT.ok);
  expect(io.stdout).toMatch(/^without 1 wedged \(certain\) pass .*\nwith 1 recovers pass /);
});

test("what is there already is left, and a name that is no id is refused", async () => {
  const io = new FilesIo();
  await main(["new", "mine", "--in", "."], io);
  expect(await main(["new", "mine", "--in", "."], io)).toBe(EXIT.usage);
  expect(io.stderr).toContain("./mine.yaml: is there already");
  expect(await main(["new", "../mine"], io)).toBe(EXIT.usage);
});

test("the schema that is printed is the one that is published", async () => {
  const io = new FakeIo();
  expect(await main(["schema"], io)).toBe(EXIT.ok);
  expect(io.stdout).toBe(readFileSync("scenarios/scenario.schema.json", "utf8"));
});
