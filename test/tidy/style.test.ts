import { afterAll, expect, test } from "vitest";
import { plantProbeTree } from "./probe-tree.ts";

const lines = (count: number, line: string): string => `${line}\n`.repeat(count);
const longFunction = (bodyLines: number): string =>
  `export function scan(): number {\n  let pages = 0;\n${lines(bodyLines, "  pages += 1;")}  return pages;\n}\n`;
const longFile = (count: number): string =>
  Array.from({ length: count }, (_, i) => `export const page${i} = ${i};\n`).join("");

const sound = {
  "kernel/exact.ts": "export const half = (pages: number): number => Math.floor(pages / 2);\n",
  "kernel/mm/gfp.ts":
    "export const GFP_ATOMIC = 0x20;\nexport const __GFP_HIGH = 0x20;\nexport const gfp = { GFP_ATOMIC, __GFP_HIGH } as const;\n",
  "kernel/mm/vmstat.ts": "export const vmstat = { pgscan_kswapd: 0, allocstall_dma32: 0 };\n",
  "kernel/net/snmp.ts":
    "export const snmp = { PFMemallocDrop: 0, TCPRcvQDrop: 0 };\nexport interface Snmp {\n  TCPRcvQDrop: number;\n}\n",
  "kernel/just-fits.ts": longFile(400),
  "kernel/just-fits-too.ts": longFunction(58),
  "nodes/clock.ts": "export const nowMs = (): number => Date.now();\n",
};

/** Claim → the probe that breaks it, and the rule that must answer. */
const violations: Record<string, { file: string; text: string; rule: string }> = {
  "Date stays outside the kernel": {
    file: "kernel/dates.ts",
    text: "export const nowMs = (): number => Date.now();\n",
    rule: "lint/style/noRestrictedGlobals",
  },
  "Promise stays outside a fault": {
    file: "faults/promises.ts",
    text: "export const later = (): unknown => Promise.resolve(1);\n",
    rule: "lint/style/noRestrictedGlobals",
  },
  "Intl stays outside explanations": {
    file: "explain/locale.ts",
    text: "export const format = (): unknown => new Intl.NumberFormat();\n",
    rule: "lint/style/noRestrictedGlobals",
  },
  "toLocaleString stays outside explanations": {
    file: "explain/locale-call.ts",
    text: "export const text = (pages: number): string => pages.toLocaleString();\n",
    rule: "plugin",
  },
  "Math.random stays outside the simulator": {
    file: "sim/dice.ts",
    text: "export const draw = (): number => Math.random();\n",
    rule: "plugin",
  },
  "Math.sqrt stays outside the kernel": {
    file: "kernel/root.ts",
    text: "export const root = (pages: number): number => Math.sqrt(pages);\n",
    rule: "plugin",
  },
  "Math.pow stays outside traffic patterns": {
    file: "traffic/patterns/power.ts",
    text: "export const power = (pages: number): number => Math.pow(pages, 2);\n",
    rule: "plugin",
  },
  "** stays outside base": {
    file: "base/power.ts",
    text: "export const power = (pages: number): number => pages ** 2;\n",
    rule: "plugin",
  },
  "await stays outside the wire": {
    file: "wire/waits.ts",
    text: "export async function read(source: PromiseLike<number>): Promise<number> {\n  return await source;\n}\n",
    rule: "plugin",
  },
  "a function of 61 lines is too long": {
    file: "kernel/long-function.ts",
    text: longFunction(59),
    rule: "lint/complexity/noExcessiveLinesPerFunction",
  },
  "a file of 401 lines is too long": {
    file: "kernel/long-file.ts",
    text: longFile(401),
    rule: "lint/style/noExcessiveLinesPerFile",
  },
  "a shell's file of 401 lines is too long": {
    file: "cli/long-file.ts",
    text: longFile(401),
    rule: "lint/style/noExcessiveLinesPerFile",
  },
  "an acronym is a word": {
    file: "kernel/acronym.ts",
    text: "export class NBDServer {\n  readonly tag = 1;\n}\n",
    rule: "lint/style/useNamingConvention",
  },
  "a counter's kernel name stays in its two files": {
    file: "kernel/counter.ts",
    text: "export const counters = { PFMemallocDrop: 0 };\n",
    rule: "lint/style/useNamingConvention",
  },
  "a file is named in kebab-case": {
    file: "kernel/camelCase.ts",
    text: "export const camelCase = 1;\n",
    rule: "lint/style/useFilenamingConvention",
  },
  "no default export": {
    file: "kernel/default.ts",
    text: "export default 1;\n",
    rule: "lint/style/noDefaultExport",
  },
  "no export *": {
    file: "kernel/star.ts",
    text: 'export * from "./exact.ts";\n',
    rule: "lint/performance/noReExportAll",
  },
  "no non-null assertion": {
    file: "kernel/bang.ts",
    text: "export const first = (list: number[]): number => list[0]!;\n",
    rule: "lint/style/noNonNullAssertion",
  },
  "no any": {
    file: "kernel/any.ts",
    text: "export const x = (y: any): unknown => y;\n",
    rule: "lint/suspicious/noExplicitAny",
  },
  "an import names its extension": {
    file: "kernel/no-extension.ts",
    text: 'export { half } from "./exact";\n',
    rule: "lint/correctness/useImportExtensions",
  },
  "a promise is not left floating": {
    file: "nodes/floats.ts",
    text: "const work = async (): Promise<number> => await Promise.resolve(1);\nexport function start(): void {\n  work();\n}\n",
    rule: "lint/nursery/noFloatingPromises",
  },
  "a switch names every case": {
    file: "kernel/forgets.ts",
    text: 'export function f(x: "a" | "b"): number {\n  switch (x) {\n    case "a":\n      return 1;\n  }\n  return 0;\n}\n',
    rule: "lint/nursery/useExhaustiveSwitchCases",
  },
  "nothing is printed behind the log's back": {
    file: "nodes/prints.ts",
    text: 'export const f = (): void => console.log("x");\n',
    rule: "lint/suspicious/noConsole",
  },
};

const check = ["lint", "--error-on-warnings", "--max-diagnostics=none", "--reporter=github", "."];
const soundTree = plantProbeTree(sound);
const probes = Object.fromEntries(Object.values(violations).map(({ file, text }) => [file, text]));
const brokenTree = plantProbeTree({ ...sound, ...probes });
const complaints = brokenTree.run("biome", ...check);
afterAll(() => {
  soundTree.close();
  brokenTree.close();
});

test("kernel names, exact arithmetic and full pages pass", () => {
  expect(soundTree.run("biome", ...check)).toMatchObject({ exit: 0 });
});

test.each(Object.entries(violations))("%s", (_claim, { file, rule }) => {
  const about = complaints.text.split("\n").filter((line) => line.includes(`file=${file},`));
  expect(about.join("\n")).toMatch(new RegExp(`title=${rule}\\b`));
});

test("nothing but the probes is complained of", () => {
  const accused = [...complaints.text.matchAll(/file=([^,]+),/g)].map(([, file]) => file);
  expect(accused.filter((file) => probes[`${file}`] === undefined)).toEqual([]);
  expect(complaints.exit).not.toBe(0);
});
