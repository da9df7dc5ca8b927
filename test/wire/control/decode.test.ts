import { describe, expect, test } from "vitest";
import { presets, sampleOf } from "#kernel/index.ts";
import { machineOf } from "#ports/machine-of.ts";
import type { Answer, Command } from "#wire/control/command.ts";
import { decodeNumbered, decodeReport, decodeSample, decodeShot } from "#wire/control/decode.ts";
import { wholeText, writtenSample } from "#wire/telemetry/written-sample.ts";
import { smallCluster } from "../../support/small-world.ts";

const cluster = smallCluster({ policy: presets["vanilla-2007"] });
const address = {
  host: "A",
  address: "127.0.0.2",
  isForeign: false,
  tcp: [[7000, 40_001]],
  udp: [],
  signalPort: 40_002,
} as const;
const link = cluster.links[0];

const commands: readonly Command[] = [
  {
    type: "prepare",
    cluster,
    host: "A",
    seed: 1,
    foreign: [],
    address: "127.0.0.2",
    ports: [[7000, 0]],
    slowdown: 2,
    lateBudgetNs: 200_000_000,
  },
  { type: "connect", addresses: [address] },
  { type: "go", sampleEveryNs: 50_000_000 },
  {
    type: "tell",
    events:
      link === undefined ? [] : [{ type: "link", from: link.from, to: link.to, state: link.state }],
  },
  {
    type: "tell",
    events: [
      { type: "balloon", pages: 512 },
      { type: "power", on: false },
      { type: "hog", id: "f", hog: { pages: 7, touchPerSec: 100 } },
      { type: "hog", id: "f", hog: null },
    ],
  },
  { type: "save" },
  { type: "stop" },
];

const answers: readonly Answer[] = [
  { type: "done" },
  { type: "prepared", address },
  { type: "state", atNs: 7, bytes: new Uint8Array(3) },
  { type: "failed", message: "no such port" },
];

const sample = sampleOf(machineOf({ host: hostOf("A"), cluster, seed: 1 }));
const lateness = { wakes: 1, overBudget: 0, latestNs: 5, overBudgetNs: 0 };
const written = writtenSample(sample, { atNs: 7, lateness });

function hostOf(name: string): (typeof cluster.hosts)[number] {
  const host = cluster.hosts.find((each) => each.name === name);
  if (host === undefined) throw new Error(`no host ${name}`);
  return host;
}

/** What a channel of JSON makes of it; a socket.io connection and IPC keep bytes besides. */
const overJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("what one side says, the other understands", () => {
  test.each(commands)("command $type", (command) => {
    expect(decodeNumbered(overJson({ n: 3, command }))).toEqual({
      n: 3,
      command: overJson(command),
    });
  });
  test.each(answers)("answer $type", (answer) => {
    const report = { type: "answer", n: 3, answer };
    expect(decodeReport(report)).toEqual(report);
  });
  test("a sample, its two halves, and what Redis has of it", () => {
    const report = { type: "sample", sample: written };
    const { shot, ...judged } = sample;
    expect(decodeReport(report)).toEqual(report);
    expect(decodeSample(written.text)).toEqual(judged);
    expect(decodeShot(written.shotText)).toEqual(shot);
    expect(JSON.parse(wholeText(written))).toEqual(sample);
  });
});

describe("what is no message is none", () => {
  test.each<[string, unknown]>([
    ["nothing", null],
    ["a text", "go"],
    ["a command without a number", { command: { type: "go" } }],
    ["a command nobody knows", { n: 1, command: { type: "reboot" } }],
    [
      "an event that only the network gives",
      { n: 1, command: { type: "tell", events: [{ type: "received", stream: 1, bytes: [] }] } },
    ],
    ["a clock that runs faster than life", { n: 1, command: { ...commands[0], slowdown: 0.5 } }],
    ["a port that is none", { n: 1, command: { ...commands[0], ports: [[7000, 70_000]] } }],
  ])("%s", (_name, message) => {
    expect(decodeNumbered(message)).toBeNull();
  });
  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["an answer to no question", { type: "answer", answer: { type: "done" } }],
    ["a sample of no instant", { type: "sample", sample: { ...written, atNs: undefined } }],
    ["a sample without a text", { type: "sample", sample: { ...written, text: undefined } }],
    ["half a page too many", { type: "sample", sample: { ...written, mismatches: 0.5 } }],
  ])("%s", (_name, message) => {
    expect(decodeReport(message)).toBeNull();
  });
  test.each([
    "",
    "null",
    "{}",
    written.text.slice(1),
    written.shotText,
    // What JSON makes of infinity.
    JSON.stringify({ ...sample, values: { "mem.free": Number.POSITIVE_INFINITY } }),
  ])("the text %s of a sample", (text) => {
    expect(decodeSample(text)).toBeNull();
  });
  test.each(["", "[]", "{}", written.text])("the text %s of a shot", (text) => {
    expect(decodeShot(text)).toBeNull();
  });
});
