import { afterAll, expect, test } from "vitest";
import { plantProbeTree } from "./probe-tree.ts";

const sound = {
  "kernel/sound.ts": "export const sound: readonly number[] = [Math.floor(1.5)];\n",
  "nodes/sound.ts": "export const timer = setTimeout(() => process.exitCode, 1);\n",
  "dashboard/sound.ts": "export const title = document.title;\n",
};

/** Claim → the probe that breaks it. */
const violations: Record<string, { file: string; text: string; complaint: RegExp }> = {
  "setTimeout does not exist in the kernel": {
    file: "kernel/waits.ts",
    text: "export const timer = setTimeout(() => {}, 1);\n",
    complaint: /Cannot find name 'setTimeout'/,
  },
  "process does not exist in the simulator": {
    file: "sim/reads-host.ts",
    text: "export const seed = process.argv;\n",
    complaint: /Cannot find name 'process'/,
  },
  "node:fs does not exist where scenarios are read": {
    file: "coordinator/scenario/reads-disk.ts",
    text: 'export { readFileSync } from "node:fs";\n',
    complaint: /Cannot find (module|name) '?"?node:fs/,
  },
  "document does not exist in a fault": {
    file: "faults/draws.ts",
    text: "export const title = document.title;\n",
    complaint: /Cannot find name 'document'/,
  },
  "console does not exist in the wire": {
    file: "wire/prints.ts",
    text: 'console.log("x");\nexport const x = 1;\n',
    complaint: /Cannot find name 'console'/,
  },
  "document does not exist on a node": {
    file: "nodes/draws.ts",
    text: "export const title = document.title;\n",
    complaint: /Cannot find name 'document'/,
  },
  "process does not exist on the page": {
    file: "dashboard/reads-host.ts",
    text: "export const seed = process.argv;\n",
    complaint: /Cannot find name 'process'/,
  },
  "an array's element may be absent": {
    file: "base/trusts.ts",
    text: "export const first = (list: number[]): number => list[0];\n",
    complaint: /Type 'number \| undefined' is not assignable/,
  },
  "syntax that cannot be erased is refused": {
    file: "base/does-not-erase.ts",
    text: "export class Zone {\n  constructor(readonly pages: number) {}\n}\n",
    complaint: /not allowed when 'erasableSyntaxOnly'/,
  },
  "a switch over a union does not fall through": {
    file: "base/falls.ts",
    text: "export function f(x: 1 | 2): number {\n  let y = 0;\n  switch (x) {\n    case 1:\n      y = 1;\n    case 2:\n      y += 1;\n  }\n  return y;\n}\n",
    complaint: /Fallthrough case/,
  },
};

const soundTree = plantProbeTree(sound);
const probes = Object.fromEntries(Object.values(violations).map(({ file, text }) => [file, text]));
const brokenTree = plantProbeTree({ ...sound, ...probes });
const complaints = brokenTree.run("tsc", "-b", "--pretty", "false");
afterAll(() => {
  soundTree.close();
  brokenTree.close();
});

test("each platform has what is its own", () => {
  expect(soundTree.run("tsc", "-b", "--pretty", "false")).toEqual({ exit: 0, text: "" });
});

test.each(Object.entries(violations))("%s", (_claim, { file, complaint }) => {
  const about = complaints.text.split("\n").filter((line) => line.startsWith(`${file}(`));
  expect(about.join("\n")).toMatch(complaint);
});

test("nothing but the probes is complained of", () => {
  const accused = [...complaints.text.matchAll(/^(\S+?)\(\d+,\d+\): error/gm)].map(
    ([, file]) => file,
  );
  expect(accused.filter((file) => probes[`${file}`] === undefined)).toEqual([]);
  expect(complaints.exit).not.toBe(0);
});
