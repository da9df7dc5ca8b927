// The demonstration's pictures, from frames made by hand.

import { describe, expect, test } from "vitest";
import type { DemoFrame } from "#cli/demo-messages.ts";
import { livePanel } from "#cli/demo-view.ts";
import { LivePanel } from "#cli/live-panel.ts";
import { painter } from "#cli/paint.ts";
import { FakeIo } from "../support/fake-io.ts";

const frame = (atNs: number, changes: Partial<DemoFrame> = {}): DemoFrame => ({
  atNs,
  phase: "warm-up",
  pages: {
    ...{ total: 14_592, free: 300, programs: 13_900, writeback: 0, file: 0 },
    ...{ packets: 92, kernel: 300, highatomic: null },
  },
  marks: { atomicPages: 133, minPages: 240, lowPages: 299, highPages: 359 },
  ringFilled: 255,
  ringSize: 256,
  inFlight: 0,
  requests: 0,
  useful: 0,
  ...changes,
});
const take = (frames: DemoFrame[]) => ({
  variant: "vanilla-2007",
  about: "sends in the reclaimer's own right, receives like any packet: nobody is critical",
  spanNs: 12e9,
  frames,
  report: null,
});
const screen = (columns: number) => ({ columns, paint: painter(false) });

describe("the live panel", () => {
  const frames = [
    frame(0),
    frame(1e9, { useful: 100, requests: 500 }),
    frame(3e9, { phase: "outage", useful: 300, requests: 1_500, inFlight: 28 }),
    frame(4e9, { phase: "outage", useful: 300, requests: 1_500, ringFilled: 0 }),
  ];

  test.each([80, 100, 200])("fits into %i columns, and has always as many lines", (columns) => {
    for (const shown of [0, 1, 2, 3]) {
      const lines = livePanel(take(frames), shown, screen(columns));
      expect(lines).toHaveLength(11);
      expect(lines.filter((line) => line.length > columns)).toEqual([]);
    }
  });

  test("says in words that the server is away, and shows when", () => {
    const text = livePanel(take(frames), 3, screen(80)).join("\n");
    expect(text).toContain("C is away");
    expect(text).toContain("0 of 256 receive buffers");
    expect(text).toMatch(/╵0 s +╵3 s/);
  });

  test("counts requests over the frames before", () => {
    expect(livePanel(take(frames), 1, screen(80)).join("\n")).toContain("500 requests/s answered");
  });

  test("before the first frame says that it starts", () => {
    expect(livePanel(take([]), -1, screen(80))).toEqual(["vanilla-2007  starting"]);
  });
});

describe("drawing again", () => {
  const terminal = () => {
    const io = new FakeIo();
    return { io, watched: { out: io.out, settings: { ...io.settings, isTerminal: true } } };
  };

  test("goes up as many lines as were drawn, and gives the cursor back", () => {
    const { io, watched } = terminal();
    const panel = new LivePanel(watched);
    panel.draw(["one", "two"]);
    panel.draw(["three"]);
    expect(io.stdout).toContain("\u001B[2A");
    panel.close();
    panel.close();
    expect(io.stdout.endsWith("\u001B[?25h")).toBe(true);
    expect(io.stdout.split("\u001B[?25h")).toHaveLength(2);
  });

  test("where nobody watches writes nothing", () => {
    const io = new FakeIo();
    const panel = new LivePanel(io);
    panel.draw(["one"]);
    panel.close();
    expect(io.stdout).toBe("");
  });
});
