// What a container finds out by itself, and what its health is.

import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { nodeName, sharedToken } from "#tools/container.mjs";
import { isConnectedTo } from "#tools/container-health.mjs";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "unwedge-container-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("whoever comes first makes the token, all others read it, and it is nobody else's to read", () => {
  const path = join(folder, "token");
  const first = sharedToken(path);
  expect(first).toMatch(/^[\w-]{32}$/);
  expect([sharedToken(path), sharedToken(path)]).toEqual([first, first]);
  expect(readdirSync(folder)).toEqual(["token"]);
  expect(statSync(path).mode & 0o777).toBe(0o400);
});

test("two clusters have two tokens, and one that somebody chose stays", () => {
  expect(sharedToken(join(folder, "one"))).not.toBe(sharedToken(join(folder, "two")));
  writeFileSync(join(folder, "mine"), "a token of mine\n");
  expect(sharedToken(join(folder, "mine"))).toBe("a token of mine");
});

test.each([
  ["unwedge-a-1.unwedge_data", "A"],
  ["unwedge-b-3.unwedge_control", "B3"],
  ["lab_c_2.lab_data", "C2"],
  ["my-lab-swap-b-1.my-lab_data", "SWAP-B"],
  ["other-a-1.unwedge_data", null],
  ["unwedge-a.unwedge_data", null],
  ["somewhere.example.org", null],
  ["", null],
])("a container that is called %s plays %s", (dnsName, name) => {
  expect(nodeName(dnsName)).toBe(name);
});

const table = (remote: string, state: string): string => `
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0B00007F:9AF1 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 81216 1
   1: 040014AC:E5F4 ${remote} ${state} 00000000:00000000 02:000005D4 00000000 10001        0 85029 2`;

test("a node is well while it has a connection to its coordinator, not while it only tries", () => {
  expect(isConnectedTo(table("030014AC:1F90", "01"), 8080)).toBe(true);
  expect(isConnectedTo(table("030014AC:1F90", "02"), 8080)).toBe(false);
  expect(isConnectedTo(table("030014AC:18EB", "01"), 8080)).toBe(false);
  expect(isConnectedTo("", 8080)).toBe(false);
});
