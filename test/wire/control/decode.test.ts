import { describe, expect, test } from "vitest";
import { presets, sampleOf } from "#kernel/index.ts";
import { machineOf } from "#ports/machine-of.ts";
import type { Answer, Command } from "#wire/control/command.ts";
import { decodeNumbered, decodeReport } from "#wire/control/decode.ts";
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
  { type: "go" },
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
  { type: "sample" },
  { type: "save" },
  { type: "stop" },
];

const host = cluster.hosts[0];
const answers: readonly Answer[] = [
  { type: "done" },
  { type: "prepared", address },
  ...(host === undefined
    ? []
    : [
        {
          type: "sample",
          sample: sampleOf(machineOf({ host, cluster, seed: 1 })),
          lateness: { wakes: 1, overBudget: 0, latestNs: 5, overBudgetNs: 0 },
        } as const,
      ]),
  { type: "state", atNs: 7, bytes: new Uint8Array(3) },
  { type: "failed", message: "no such port" },
];

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
    [
      "a sample without values",
      { type: "answer", n: 1, answer: { type: "sample", sample: { host: "A" } } },
    ],
  ])("%s", (_name, message) => {
    expect(decodeReport(message)).toBeNull();
  });
});
