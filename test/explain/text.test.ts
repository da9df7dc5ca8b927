import { expect, test } from "vitest";
import {
  type Certificate,
  certificateDot,
  certificateText,
  type Sentence,
} from "#explain/index.ts";

const sentence = (n: number, text: string): Sentence => ({
  n,
  text,
  rule: n === 1 ? "ATOMIC_FLOOR" : null,
  sinceNs: n === 2 ? 2_500_000_000 : null,
  because: [n === 1 ? 2 : 1],
  parties: [],
});

const certificate = (sentences: readonly Sentence[]): Certificate => ({
  schema: "unwedge-certificate/v1",
  machine: "A",
  atNs: 18_500_000_000,
  certainty: "certain",
  sentences,
  cycle: ["card", "packets"],
  owners: [{ owner: "clean", pages: 7, by: "whoever reclaims" }],
  marks: [],
  resources: [],
  stuck: [],
  moved: [],
});

test("a certificate says who, since when, by which rule and because of whom", () => {
  const lines = certificateText(
    certificate([sentence(1, "card: no buffer"), sentence(2, "packets: unread")]),
    {
      columns: 80,
    },
  );
  expect(lines).toEqual([
    "WEDGED (certain): A at 18.50 s. Nobody below can ever move, in a circle of 2.",
    "  1 card: no buffer  ATOMIC_FLOOR → 2",
    "  2 packets: unread, since 2.50 s  → 1",
    "    7 clean pages and nobody to reclaim them. Peers would help.",
  ]);
});

test("however much there is to say, it is twelve lines, and what was left out is counted", () => {
  const many = Array.from({ length: 40 }, (_, i) =>
    sentence(i + 1, `${"a long story ".repeat(6)}${i}`),
  );
  const lines = certificateText(certificate(many), { columns: 80 });
  expect(lines.length).toBeLessThanOrEqual(12);
  expect(lines.at(-1)).toMatch(/^ {4}And 3\d more\./);
});

test("what is not proven is not called a wedge", () => {
  const [headline] = certificateText({ ...certificate([]), certainty: null }, { columns: 80 });
  expect(headline).toBe("Not proven: A at 18.50 s can still move.");
});

test("the drawing has a box for each sentence and an arrow for each reason", () => {
  const dot = certificateDot(
    certificate([sentence(1, 'card: "no" buffer'), sentence(2, "packets")]),
  );
  expect(dot).toContain('1 [label="1. card: \\"no\\" buffer\\nATOMIC_FLOOR", penwidth=2];');
  expect(dot).toContain("1 -> 2 [penwidth=2];");
  expect(dot).toContain("2 -> 1 [penwidth=2];");
});
