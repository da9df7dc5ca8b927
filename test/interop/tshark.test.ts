// `unwedge export --pcapng` in the eyes of Wireshark's own programs.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Capture, type Run } from "#sim/index.ts";
import { outageRun } from "../support/bundle-fixtures.ts";
import { hasTool, runTool } from "../support/tools.ts";

const isHere = hasTool("tshark") && hasTool("capinfos");

describe.skipIf(!isHere)("a capture (skipped without tshark)", () => {
  const folder = mkdtempSync(join(tmpdir(), "unwedge-capture-"));
  const path = join(folder, "run.pcapng");
  let run: Run;
  beforeAll(() => {
    run = outageRun();
    const capture = new Capture(run.world.machines);
    run.finish();
    writeFileSync(path, capture.file("outage", run.world.nowNs));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Lines of the packets that a display filter lets through. */
  async function shown(filter: string, field: string): Promise<readonly string[]> {
    const { exit, out, err } = await runTool("tshark", [
      ...["-n", "-r", path, "-Y", filter, "-T", "fields", "-e", field],
    ]);
    expect({ exit, err: exit === 0 ? "" : err }).toEqual({ exit: 0, err: "" });
    return out.split("\n").filter((line) => line !== "");
  }

  test("capinfos finds a card for each host, in the order of time", async () => {
    const { exit, out } = await runTool("capinfos", [path]);
    expect(exit).toBe(0);
    for (const { spec } of run.world.machines) expect(out).toContain(`Name = ${spec.name}\n`);
    expect(out).toMatch(/Strict time order: +True/);
  });

  test("requests to the swap server are dissected as NBD, and ask for whole pages", async () => {
    const lengths = await shown('nbd.type == 0 && frame.interface_name == "A"', "nbd.len");
    expect(lengths.length).toBeGreaterThan(20);
    for (const text of lengths) expect(Number(text.split(",")[0]) % 4_096).toBe(0);
  });

  test("as many packets are said to be dropped as the hosts have counted", async () => {
    const counted = run.world.machines.reduce(
      (sum, { net }) => sum + net.drops.entries().reduce((all, [, count]) => all + count, 0),
      0,
    );
    const told = await shown('frame.comment contains "dropped:"', "frame.number");
    expect(told.length).toBe(counted);
    expect(counted).toBeGreaterThan(0);
  });

  test("no sum of IP is wrong", async () => {
    const wrong = 'ip.checksum.status == "Bad"';
    const sums = await runTool("tshark", [
      ...["-n", "-r", path, "-o", "ip.check_checksum:TRUE", "-Y", wrong],
      ...["-T", "fields", "-e", "frame.number"],
    ]);
    expect(sums.out).toBe("");
  });
});
