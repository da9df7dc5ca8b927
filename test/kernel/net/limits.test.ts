import { expect, test } from "vitest";
import { type MemLimits, netLimits } from "#kernel/net/limits.ts";
import vectors from "../../vectors/model-vectors.json" with { type: "json" };

const table = vectors.formula_table_by_lowmem_pages.rows;
const limitsOf = (era: "2.6.12" | "3.x" | "6.1", pages: number) =>
  netLimits({ era, bufferPages: pages, managedPages: pages });
const list = ({ minPages, pressurePages, maxPages }: MemLimits): number[] => [
  minPages,
  pressurePages,
  maxPages,
];

test.each(table)("limits of a machine with $mib MiB of low memory", (row) => {
  const now = limitsOf("6.1", row.lowmem_pages);
  const then = limitsOf("3.x", row.lowmem_pages);
  expect({ "3.6": list(then.tcpMem), "6.1": list(now.tcpMem) }).toEqual(row.tcp_mem);
  expect(now.udpMem === null ? null : list(now.udpMem)).toEqual(row.udp_mem_6_1);
  expect(Object.values(now.tcpRmem)).toEqual(row.tcp_rmem_6_1);
  expect(Object.values(now.tcpWmem)).toEqual(row.tcp_wmem_6_1);
});

test("no limit falls below 128 pages", () => {
  expect(list(limitsOf("6.1", 100).tcpMem)).toEqual([96, 128, 192]);
});

test("the default receive buffer is 256 small packets", () => {
  expect(limitsOf("6.1", 10_000).rmemDefaultBytes).toBe(vectors.skb_sizes.rmem_default);
});

test("2.6.12 sizes its limits by the table of bound ports, and may let TCP have all of memory", () => {
  expect(list(limitsOf("2.6.12", 32_768).tcpMem)).toEqual([24_576, 32_768, 49_152]);
  expect(list(limitsOf("2.6.12", 524_288).tcpMem)).toEqual([196_608, 262_144, 393_216]);
  expect(limitsOf("2.6.12", 32_768).udpMem).toBeNull();
});

test("a small 2.6.12 machine gets small buffers", () => {
  expect(limitsOf("2.6.12", 2048).tcpRmem.maxBytes).toBe(87_378);
  expect(limitsOf("2.6.12", 2048).tcpWmem.maxBytes).toBe(65_536);
});
