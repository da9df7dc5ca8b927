import { describe, expect, test } from "vitest";
import { UnwedgeError } from "#base/error.ts";
import { type SwapdFlags, swapdSpec } from "#cli/swapd-options.ts";
import type { SwapdSpec } from "../../nodes/swapd/index.ts";
import { FakeIo } from "../support/fake-io.ts";

const specOf = (flags: Partial<SwapdFlags>, file = "[]"): SwapdSpec =>
  swapdSpec(
    { listen: "127.0.0.1:0", size: "1MiB", seed: "1", logLevel: "error", ...flags },
    new FakeIo({ "faults.json": file }),
  );

function complaintOf(flags: Partial<SwapdFlags>, file?: string): string {
  try {
    specOf(flags, file);
  } catch (error) {
    if (error instanceof UnwedgeError && error.code === "usage") return error.message;
    throw error;
  }
  return "";
}

describe("addresses", () => {
  test.each([
    ["127.0.0.1:10809", { host: "127.0.0.1", port: 10_809 }],
    ["[::1]:1", { host: "::1", port: 1 }],
    ["unix:/run/swap.sock", { path: "/run/swap.sock" }],
  ])("%s is understood", (text, address) => {
    expect(specOf({ listen: text, control: text })).toMatchObject({
      listen: address,
      control: address,
    });
  });

  test.each(["10809", "127.0.0.1", "127.0.0.1:65536", "::1:1"])("%s is not", (text) => {
    expect(complaintOf({ listen: text })).toContain(`--listen ${text}`);
  });
});

describe("a file of faults", () => {
  const faults = "faults.json";

  test("says which, when, how and for how long, with units", () => {
    const slow = { at: "2 s", fault: "swap.slow", with: { latency: "50 ms" }, for: "10 s" };
    const stall = { at: "1 min", fault: "swap.stall", for: "1 ms" };
    const { schedule } = specOf({ faults }, JSON.stringify([slow, stall]));
    expect(schedule.map(({ atMs }) => atMs)).toEqual([2_000, 60_000]);
    expect(schedule.map(({ order }) => [order.id, order.leaseMs])).toEqual([
      ["swap.slow-1", 10_000],
      ["swap.stall-2", 1],
    ]);
    expect(schedule[0]?.order.args).toMatchObject({ latency: 50_000_000 });
  });

  test.each([
    ["{", "no JSON"],
    ["{}", "a list of faults"],
    [[{ at: "1 s", fault: "swap.nap", for: "1 s" }], "fault 1: swap.nap is no fault"],
    [
      [{ at: "1 s", fault: "swap.unreachable", for: "1 s" }],
      "fault 1: swap.unreachable is no fault",
    ],
    [[{ at: "1 s", fault: "swap.stall" }], "nothing: expected a duration with its unit"],
    [[{ at: 1, fault: "swap.stall", for: "1 s" }], "1: expected a duration with its unit"],
    [[{ at: "1 s", fault: "swap.stall", until: "2 s" }], 'no key "until"'],
    [[{ at: "1 s", fault: "swap.slow", with: { colour: "1 s" }, for: "1 s" }], "colour"],
  ])("%j is refused: %s", (file, why) => {
    const text = typeof file === "string" ? file : JSON.stringify(file);
    expect(complaintOf({ faults }, text)).toContain(why);
  });

  test("that is not there is named", () => {
    expect(complaintOf({ faults: "none.json" })).toBe("none.json: no such file");
  });
});
