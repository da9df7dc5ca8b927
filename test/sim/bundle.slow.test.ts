// What a run leaves behind: state that comes back as it was, a log without gaps, and the first event in which two runs differ.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RING_EVENTS, Trace } from "#kernel/trace.ts";
import { BlobPool } from "#sim/blob-pool.ts";
import { KeyframeRow, keyframeBefore, stateOf } from "#sim/bundle.ts";
import { Checkpoints, digestAfter } from "#sim/checkpoints.ts";
import { AgainstRecord, SideBySide } from "#sim/difference.ts";
import { EventLog, type EventLogData, EventLogReader, type LoggedEvent } from "#sim/event-log.ts";
import { Keyframes } from "#sim/keyframes.ts";
import { pack, unpack } from "#sim/pack.ts";
import { Recorder, type Recording } from "#sim/recorder.ts";
import type { Run } from "#sim/run.ts";
import { OUTAGE_VARIANTS, outageRun, perturb } from "../support/bundle-fixtures.ts";

/** As a file would have it. */
const throughJson = (value: unknown) => JSON.parse(JSON.stringify(value));

function roundTrip(value: unknown): unknown {
  const pool = new BlobPool();
  const packed = throughJson(pack(value, pool, () => undefined));
  return unpack(packed, (id) => pool.planesOf(id))?.value;
}

/** All of a state; of equal ones equal. */
const common = new BlobPool();
const textOf = (state: unknown): string => JSON.stringify(pack(state, common, () => undefined));

/** To the end, with everything written down. */
function recorded(run: Run, options: { readonly logEventsMax?: number } = {}): Recording {
  const recorder = new Recorder(run, options);
  while (!run.isJudged) {
    run.step();
    recorder.observe();
  }
  return recorder.recording();
}

function eventsOf(data: EventLogData): LoggedEvent[] {
  const reader = new EventLogReader(data);
  const events: LoggedEvent[] = [];
  for (let event = reader.next(); event !== null; event = reader.next()) events.push(event);
  return events;
}

describe("packed state", () => {
  test("comes back equal, whatever JSON alone would lose", () => {
    const odd = { a: undefined, b: -0, c: [Infinity, -Infinity, Number.NaN], d: 0.1 };
    expect(roundTrip(odd)).toStrictEqual(odd);
    const arrays = {
      bytes: Uint8Array.from({ length: 5000 }, (_, i) => i * 7),
      view: new Uint8Array([9, 8, 7, 6, 5]).subarray(1, 4),
      wide: Int32Array.from({ length: 3000 }, (_, i) => -i),
      half: new Uint16Array([1, 65_535]),
      unsigned: new Uint32Array([4_294_967_295]),
      floats: new Float64Array([0.5, Infinity, -0]),
      none: new Uint8Array(),
    };
    expect(roundTrip(arrays)).toStrictEqual({ ...arrays, view: new Uint8Array([8, 7, 6]) });
  });

  test("refuses what is no plain data instead of losing it", () => {
    expect(() => roundTrip(new Map([[1, 2]]))).toThrow(/plain data/);
    expect(() => roundTrip({ at: 1n })).toThrow(/plain data/);
    expect(() => roundTrip({ is: "u8" })).toThrow(/plain data/);
  });

  test.each([
    ["a piece that is not there", { is: "u8", of: 2, in: [7] }],
    ["pieces that are too long", { is: "u8", of: 2, in: [[5, 40]] }],
    ["a kind of array nobody knows", { is: "i128", of: 0, in: [] }],
  ])("%s is damage", (_, packed) => {
    expect(unpack({ deep: [packed] }, () => null)).toBeNull();
  });

  test("keeps equal pieces once, and none that nothing uses", () => {
    const pool = new BlobPool();
    const ids: number[] = [];
    const big = Uint8Array.from({ length: 2048 }, (_, i) => (i * i) % 251);
    pack([big, big.slice()], pool, (id) => ids.push(id));
    expect([ids.length, pool.size]).toEqual([4, 2]);
    for (const id of ids) pool.release(id);
    expect(pool.size).toBe(0);
  });
});

describe("a log", () => {
  test("gives back every event of every machine", () => {
    const run = outageRun();
    const all = run.world.machines.map(({ trace }) => trace.recent());
    for (const [i, { trace }] of run.world.machines.entries()) {
      const event = trace.event.bind(trace);
      trace.event = (name, atNs, a = 0, b = 0) => {
        all[i]?.push({ n: trace.count, atNs, name, a, b });
        event(name, atNs, a, b);
      };
    }
    const { machines } = recorded(run);
    expect(machines.map(({ events }) => events > 4096)).toEqual([true, false, false]);
    expect(machines.map(({ log }) => eventsOf(log))).toEqual(all);
  });

  test("stops at its bound and has the last events besides", () => {
    const whole = recorded(outageRun()).machines[0];
    const cut = recorded(outageRun(), { logEventsMax: 1000 }).machines[0];
    if (whole === undefined || cut?.tail == null) throw new Error("A has a log and a tail");
    const all = eventsOf(whole.log);
    expect(eventsOf(cut.log)).toEqual(all.slice(0, 1000));
    expect(eventsOf(cut.tail)).toEqual(all.slice(-4096));
  });

  test("takes any whole number there is", () => {
    const log = new EventLog();
    const values = [0, -1, 1, 2 ** 31, -(2 ** 31), 2 ** 51 - 1, 1 - 2 ** 51, 300];
    for (const [n, a] of values.entries())
      log.push({ n, atNs: n * 1e12, name: "net.ack", a, b: values[values.length - 1 - n] ?? 0 });
    expect(eventsOf(log.data()).map(({ a }) => a)).toEqual(values);
    expect(eventsOf(log.data()).map(({ b }) => b)).toEqual([...values].reverse());
  });
});

test("checkpoints are thinned, and those that are left are right", () => {
  const trace = new Trace();
  const [all, few] = [new Checkpoints(), new Checkpoints(2)];
  trace.onFull.push(
    () => all.note(trace),
    () => few.note(trace),
  );
  for (let n = 0; n < 9 * RING_EVENTS + 5; n++) trace.event("net.tx", n);
  const [whole, thin] = [all.data(), few.data()];
  expect([whole.digests.length, thin.digests.length]).toEqual([9, 2]);
  for (const [i, digest] of thin.digests.entries())
    expect(digestAfter(whole, (i + 1) * thin.everyEvents)).toBe(digest);
});

describe("a keyframe", () => {
  test.each(OUTAGE_VARIANTS)(
    "of any step of %s goes on to the digest of the whole run",
    (variant) => {
      const whole = outageRun({ variant });
      const end = whole.finish();
      const property = fc.property(fc.integer({ min: 1, max: 150 }), (steps) => {
        const run = outageRun({ variant });
        for (let i = 0; i < steps && !run.isJudged; i++) run.step();
        const from = roundTrip(run.save()) as ReturnType<Run["save"]>;
        const resumed = outageRun({ variant, from });
        expect(textOf(resumed.save()) === textOf(run.save())).toBe(true);
        expect(resumed.isJudged ? resumed.outcome() : resumed.finish()).toEqual(end);
      });
      // Steps 91 to 140 are the outage.
      fc.assert(property, { seed: 1, numRuns: 3, examples: [[100]] });
    },
  );

  test("is taken where phases begin, where the judge does, and at the end", () => {
    const { keyframes } = recorded(outageRun());
    expect(keyframes.all.map(({ stage, phase }) => `${phase} ${stage}`)).toEqual([
      "outage running",
      "after settling",
      "after judged",
    ]);
  });

  test("stands behind others with only the pieces that they have not", () => {
    const run = outageRun();
    const keyframes = new Keyframes();
    for (let i = 0; i < 90; i++) run.step();
    keyframes.take(run);
    for (let i = 0; i < 10; i++) run.step();
    keyframes.take(run);
    const row = new KeyframeRow(keyframes.pool);
    const bundled = keyframes.all.map((keyframe) => {
      const next = row.next(keyframe);
      row.take(next);
      return next;
    });
    const [first, second] = bundled;
    expect(second?.pieces.length).toBeLessThan((first?.pieces.length ?? 0) / 2);
    expect(textOf(stateOf(bundled, 1)) === textOf(run.save())).toBe(true);
    expect(stateOf(bundled.slice(1), 0)).toBeNull();
  });

  test("the nearest one is the last at or before", () => {
    const at = (atNs: number) => ({ atNs, phase: null, stage: "running", events: atNs });
    const places = [at(30), at(20), at(10)];
    expect([5, 10, 19, 20, 99].map((atNs) => keyframeBefore(places, atNs))).toEqual([
      null,
      2,
      2,
      1,
      0,
    ]);
  });
});

/** Runs it out against what was written down. */
function compared(run: Run, { machines }: Recording) {
  const against = new AgainstRecord(run, machines);
  while (!run.isJudged) {
    run.step();
    const found = against.difference();
    if (found !== null) return found;
  }
  return against.missing(Infinity);
}

describe("the first event in which a run differs", () => {
  test("from what was written down is none if it is the same run", () => {
    expect(compared(outageRun(), recorded(outageRun()))).toBeNull();
  });

  test.each([0, 4095, 4096, 6001])("is named with both sides: event %i of A", (n) => {
    const run = outageRun();
    perturb(run.world.machine("A"), n);
    const found = compared(run, recorded(outageRun()));
    expect(found).toMatchObject({ machine: "A", n, fromN: n });
    expect([found?.one?.n, found?.other?.n]).toEqual([n, n]);
    expect((found?.other?.b ?? 0) - (found?.one?.b ?? 0)).toBe(1);
  });

  test("is named by its block where only digests were kept, and exactly in the tail", () => {
    const recording = recorded(outageRun(), { logEventsMax: 100 });
    const [events = 0] = recording.machines.map((machine) => machine.events);
    const early = outageRun();
    perturb(early.world.machine("A"), 1000);
    expect(compared(early, recording)).toMatchObject({
      machine: "A",
      fromN: 0,
      n: 4095,
      one: null,
    });
    const late = outageRun();
    perturb(late.world.machine("A"), events - 10);
    expect(compared(late, recording)).toMatchObject({ machine: "A", n: events - 10 });
  });

  test("is the first thing that another machine does otherwise", () => {
    const { machines } = recorded(outageRun());
    const run = outageRun();
    const against = new AgainstRecord(run, machines);
    for (let i = 0; i < 80; i++) run.step();
    expect(against.difference()).toBeNull();
    // B falls silent: what it is told stands in its trace.
    const told = run.world.machine("B").trace.count;
    run.world.tell("B", { type: "load", name: "flood", action: "stop" });
    expect(against.difference()).toMatchObject({
      machine: "B",
      n: told,
      one: { n: told },
      other: { n: told, name: "load.change", atNs: run.world.nowNs },
    });
  });

  test("is one that never came, when the run ends too early", () => {
    const recording = recorded(outageRun());
    const run = outageRun();
    const against = new AgainstRecord(run, recording.machines);
    for (let i = 0; i < 50; i++) run.step();
    expect(against.missing(run.world.nowNs)).toBeNull();
    expect(against.missing(Infinity)).toMatchObject({ other: null });
  });

  test("of two live runs is named too, however much happens in one step", () => {
    const [one, other] = [outageRun(), outageRun()];
    perturb(other.world.machine("A"), 1234);
    const pair = new SideBySide(one, other);
    // More than the ring holds between two looks.
    for (let i = 0; i < 170; i++) {
      one.step();
      other.step();
    }
    expect(one.world.machine("A").trace.count).toBeGreaterThan(1234 + 4096);
    expect(pair.difference()).toMatchObject({ machine: "A", n: 1234 });
  });
});
