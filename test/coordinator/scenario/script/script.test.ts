// What a script writes down, what it is refused, and what does not compile.

import { expect, test } from "vitest";
import { diagnosticText, openScenario } from "#coordinator/scenario/index.ts";
import {
  type Machine,
  MiB,
  ms,
  type Plan,
  perSec,
  type Script,
  type Scripted,
  type SwapServer,
  s,
  scenario,
  sometimes,
  threshold,
  verdict,
  type World,
} from "#coordinator/scenario/script/index.ts";

interface Hosts {
  readonly A: Machine;
  readonly C: SwapServer;
}

const hostsOf = (w: World): Hosts => ({
  A: w.machine("A", {
    policy: "vanilla-2007",
    memory: { ram: MiB(64), kernel: MiB(6) },
    swap: [{ server: "C", size: MiB(256) }],
    run: { hog: { kind: "anon", size: MiB(80) } },
  }),
  C: w.swapServer("C"),
});

/** Of two machines and a script. */
const scripted = (
  script: (t: Script, hosts: Hosts) => Generator<undefined, void, undefined>,
  checks: (hosts: Hosts) => Plan["checks"] = ({ A }) => ({
    real: sometimes(A.mem.free.atMost(A.mem.min)),
    back: verdict("recovers"),
  }),
): Scripted =>
  scenario("small", { title: "small" }, (w) => {
    const hosts = hostsOf(w);
    return { script: (t) => script(t, hosts), checks: checks(hosts) };
  });

function timelineOf({ text }: Scripted): unknown {
  const opened = openScenario(text, "small.ts");
  if (!opened.ok) throw new Error(opened.diagnostics.map(diagnosticText).join("\n"));
  const resolved = opened.scenario.resolve();
  return resolved.ok ? resolved.scenario.document["timeline"] : [];
}

test("what happens at one instant is one step, and what follows comes after it", () => {
  const one = scripted(function* (t, { C }) {
    t.phase("warm-up");
    yield* t.sleep(s(2));
    t.phase("outage");
    yield* t.fault(C, "swap.stall", { id: "away", for: s(8) });
    yield* t.sleep(s(1));
    yield* t.sleep(ms(500));
    t.mark("later");
  });
  expect(timelineOf(one)).toEqual([
    { phase: "warm-up", at: "0 s" },
    { phase: "outage", id: "away", at: "2 s", fault: "swap.stall", on: "C", for: "8 s" },
    { id: "step-2", after: "away", delay: "1 s", do: "mark" },
    { id: "later", after: "step-2", delay: "500 ms", do: "mark" },
  ]);
});

test("a claim is waited for from where the script stands", () => {
  const one = scripted(function* (t, { A, C }) {
    yield* t.sleep(s(1));
    const away = yield* t.fault(C, "swap.stall");
    if (!(yield* t.until(A.swapOn(C).oldest.above(s(2)), { within: s(30), as: "alarm" }))) return;
    away.heal();
    yield* away.healed();
    t.mark("over");
  });
  expect(timelineOf(one)).toEqual([
    { id: "swap-stall-1", at: "1 s", fault: "swap.stall", on: "C" },
    { id: "alarm", when: "A.swap[C].oldest > 2 s", within: "30 s", do: "mark" },
    { after: "alarm", heal: "swap-stall-1" },
    { id: "over", after: "swap-stall-1.healed", do: "mark" },
  ]);
});

test("a script that goes on after what it waits for did not come is refused", () => {
  expect(() =>
    scripted(function* (t, { A }) {
      yield* t.until(A.mem.free.below(MiB(1)), { within: s(1), as: "low" });
      t.mark("anyway");
    }),
  ).toThrow('the script goes on after "low" was not reached');
});

test("a script that never ends is refused", () => {
  expect(() =>
    scripted(function* (t) {
      for (;;) yield* t.sleep(s(1));
    }),
  ).toThrow("does it never end?");
  expect(() =>
    scripted(function* (t) {
      yield* t.sleep(s(1));
      for (let i = 0; ; i++) t.mark(`m${i}`);
    }),
  ).toThrow("does it never end?");
});

test("a mistake is reported on the line of the script that made it", () => {
  const lineHere = Number(/script\.test\.ts:(\d+)/.exec(new Error().stack ?? "")?.[1]);
  const { text } = scripted(
    function* (t) {
      t.phase("run");
      yield* t.sleep(s(1));
      t.mark("m");
    },
    ({ A }) => ({
      real: sometimes(A.mem.free.atMost(A.mem.min)).during("rum"),
      slow: threshold("rate(A/hog.touchs) > 1/s"),
      back: verdict("recovers"),
    }),
  );
  const opened = openScenario(text, "small.ts");
  expect(opened.ok ? [] : opened.diagnostics.map(diagnosticText)).toEqual([
    expect.stringMatching(
      `^small.ts:${lineHere + 8}:1: checks\\[0\\].during: .*did you mean run\\?`,
    ),
    expect.stringMatching(`^small.ts:${lineHere + 9}:1: checks\\[1\\].threshold: .*A/hog.touches`),
  ]);
});

test("a variant's mistake is on the line of its checks, and never on a line of something else", () => {
  const lineHere = Number(/script\.test\.ts:(\d+)/.exec(new Error().stack ?? "")?.[1]);
  const { text } = scenario("small", { title: "small" }, (w) => {
    const { A } = hostsOf(w);
    return {
      *script() {},
      checks: { real: sometimes(A.mem.free.atMost(A.mem.min)), back: verdict("recovers") },
      variants: {
        one: { set: { "nodes.A.policy": "vanila-2007" } },
        two: { checks: { back: verdict("wedged").after("nowhere") } },
      },
    };
  });
  const opened = openScenario(text, "small.ts");
  expect(opened.ok ? [] : opened.diagnostics.map(({ line, path }) => [line, path])).toEqual([
    [1, "nodes.A.policy"],
    [lineHere + 8, "checks[1].after"],
  ]);
});

test("terms are written with the parentheses they need", () => {
  const texts = scenario("small", { title: "small" }, (w) => {
    const { A } = hostsOf(w);
    const free = A.mem.free.plus(A.mem.used).times(2).over(3);
    const both = free.above(A.mem.total).or(A.mem.free.equals(A.mem.min)).and(A.throttled.above(0));
    return { *script() {}, checks: { real: sometimes(both.not()) } };
  }).text;
  expect(texts).toContain(
    "not (((A.mem.free + A.mem.used) * 2 / 3 > A.mem.total or A.mem.free == A.mem.min) and A.throttled > 0)",
  );
});

test("what has no unit, or another's, does not compile", () => {
  scenario("small", { title: "small" }, (w) => {
    const { A, C } = hostsOf(w);
    // @ts-expect-error a bare number
    w.link(C, { latency: 5 });
    // @ts-expect-error a size where a time is due
    w.link(C, { latency: MiB(5) });
    // @ts-expect-error pages are never compared with seconds
    A.mem.free.below(s(1));
    // @ts-expect-error nor a count with a rate
    A.throttled.above(perSec(1));
    // @ts-expect-error no such metric
    A.mem.fre;
    // @ts-expect-error no such fault
    const kind: Parameters<Script["fault"]>[1] = "swap.stal";
    return { *script() {}, checks: { real: sometimes(kind) } };
  });
});
