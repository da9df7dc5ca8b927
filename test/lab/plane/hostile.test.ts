// The control plane under fire: who has no token, who has it and says nonsense, who says too much. Nobody else notices.

import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { io, type Socket } from "socket.io-client";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { AGENTS_PATH } from "#wire/control/agent.ts";
import type { Answer, Numbered } from "#wire/control/command.ts";
import { packetFrames } from "../../../nodes/forked/index.ts";
import packageJson from "../../../package.json" with { type: "json" };
import {
  type Cluster,
  ended,
  isConnected,
  openCluster,
  TOKEN,
  until,
} from "../../support/cluster.ts";

const folder = mkdtempSync(join(tmpdir(), "unwedge-hostile-"));
let cluster: Cluster;
const strangers: Socket[] = [];
beforeAll(async () => {
  cluster = await openCluster(folder);
});
afterEach(async () => {
  for (const stranger of strangers.splice(0)) stranger.disconnect();
  await until(() =>
    cluster.coordinator.engine.fleet
      .nodes()
      .every(({ state }) => state === "lost" || state === "ended"),
  );
});
afterAll(async () => {
  await cluster.close();
  rmSync(folder, { recursive: true, force: true });
});

const INTRODUCTION = {
  name: "A",
  address: "127.0.0.2",
  version: packageJson.version,
  instance: "i1",
  pid: 1,
};

function stranger(auth: Record<string, unknown>, token = `Bearer ${TOKEN}`): Socket {
  const socket = io(cluster.coordinator.url, {
    path: AGENTS_PATH,
    transports: ["websocket"],
    parser: packetFrames,
    extraHeaders: { authorization: token },
    auth,
    forceNew: true,
    reconnection: false,
  });
  strangers.push(socket);
  return socket;
}

/** What it hears next under that name; not its kind of emitter for node:events. */
const heard = (
  socket: Socket,
  name: "connect" | "connect_error" | "disconnect",
): Promise<unknown> => new Promise((resolve) => socket.once(name, resolve));

async function admitted(introduction: object): Promise<Socket> {
  const socket = stranger({ ...introduction });
  await heard(socket, "connect");
  return socket;
}

const readyOf = async (): Promise<number> =>
  (await fetch(`${cluster.coordinator.url}/healthz`)).status;

test.each([
  "",
  "Bearer",
  "Bearer guessed",
  `Basic ${TOKEN}`,
  `Bearer ${TOKEN}x`,
  `Bearer ${TOKEN.slice(1)}`,
])("the header <%s> is 403, before anything else is read", async (authorization) => {
  const upgrade = request(`${cluster.coordinator.url}${AGENTS_PATH}/?EIO=4&transport=websocket`, {
    headers: {
      authorization,
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    },
  });
  upgrade.end();
  const [response] = await once(upgrade, "response");
  response.resume();
  expect(response.statusCode).toBe(403);
  expect(cluster.coordinator.engine.fleet.nodes()).toEqual([]);
});

test.each([
  {},
  { ...INTRODUCTION, name: "../../etc/passwd" },
  { ...INTRODUCTION, name: "<script>alert(1)</script>" },
  { ...INTRODUCTION, name: "__proto__" },
  { ...INTRODUCTION, name: "A".repeat(65) },
  { ...INTRODUCTION, name: ["A"] },
  { ...INTRODUCTION, address: "; rm -rf /" },
  { ...INTRODUCTION, pid: 1.5 },
  { ...INTRODUCTION, instance: "" },
])("with the token, the introduction %j is refused", async (auth) => {
  expect(await heard(stranger(auth), "connect_error")).toMatchObject({
    message: "not an introduction",
  });
  expect(cluster.coordinator.engine.fleet.nodes()).toEqual([]);
});

test("an agent that says nonsense is heard by nobody, and stays", async () => {
  const socket = await admitted(INTRODUCTION);
  await until(() => isConnected(cluster.coordinator, "A"));
  for (const count of [-1, 1.5, "many", null, { toString: 1 }]) socket.emit("lostWrites", count);
  for (const name of ["error", "report", "gone", "start", "end", "nothing-of-the-kind"])
    socket.emit(name, { toString: 1 }, null, "x".repeat(1000));
  await until(() => cluster.coordinator.engine.lostWrites() === 0);
  socket.emit("lostWrites", 3);
  // What came before it has been read by then.
  await until(() => cluster.coordinator.engine.lostWrites() === 3);
  expect([isConnected(cluster.coordinator, "A"), await readyOf()]).toEqual([true, 200]);
});

test("a machine that answers in nonsense ends its run, which says so; the coordinator goes on", async () => {
  const liars = await Promise.all(
    ["A", "C"].map((name, i) => admitted({ ...INTRODUCTION, name, address: `127.0.0.${i + 2}` })),
  );
  const nonsense = [
    null,
    "text",
    new Uint8Array([1, 2, 3]),
    { type: "answer", n: 1, answer: { type: "prepared", address: 5 } },
    { type: "answer", n: "1", answer: { type: "done" } },
    { type: "sample", sample: { text: "{}" } },
    { type: "dying", message: { toString: 1 } },
  ];
  for (const liar of liars) {
    liar.on("start", (machine: string, answer: (refusal: null) => void) => {
      answer(null);
      for (const said of nonsense) liar.emit("report", machine, said);
      liar.emit("gone", "another machine", "why");
      liar.emit("gone", machine, { toString: 1 });
    });
    liar.on("end", (_: string, done: () => void) => done());
  }
  const { body } = await cluster.ask({ scenario: "tiny", variant: "fits" });
  const record = await ended(cluster, body.id);
  expect([record.verdict, record.why]).toEqual([
    "inconclusive",
    [expect.stringMatching(/^node [AC] is gone: its agent says no reason$/)],
  ]);
  expect(await readyOf()).toBe(200);
});

test("a machine that obeys, and says in nonsense how it is, ends its run as soon as somebody looks", async () => {
  const liars = await Promise.all(
    ["A", "C"].map((name, i) => admitted({ ...INTRODUCTION, name, address: `127.0.0.${i + 2}` })),
  );
  const [zero, server] = [0, null];
  const lateness = { wakes: 0, overBudget: 0, latestNs: 0, overBudgetNs: 0 };
  const open = { usefulProgress: zero, oomKills: zero, mismatches: zero, server, lateness };
  const sample = { ...open, atNs: zero, largestArmedTimerNs: zero, text: "{}", shotText: "{}" };
  for (const [i, liar] of liars.entries()) {
    liar.on("start", (_: string, answer: (refusal: null) => void) => answer(null));
    liar.on("end", (_: string, done: () => void) => done());
    liar.on("order", (machine: string, { n, command: { type } }: Numbered) => {
      liar.emit("report", machine, { type: "answer", n, answer: obedient(type, i) });
      if (type === "go") liar.emit("report", machine, { type: "sample", sample });
    });
  }
  const { body } = await cluster.ask({ scenario: "tiny", variant: "fits" });
  const record = await ended(cluster, body.id);
  expect([record.verdict, record.why]).toEqual([
    "inconclusive",
    [expect.stringMatching(/^node [AC]: what it says of its machine is no sample$/)],
  ]);
  expect(await readyOf()).toBe(200);
});

function obedient(type: Numbered["command"]["type"], i: number): Answer {
  if (type !== "prepare") return { type: "done" };
  const [host, address] = [["A", "C"][i] ?? "", `127.0.0.${i + 2}`];
  return {
    type: "prepared",
    address: { host, address, isForeign: false, tcp: [], udp: [], signalPort: null },
  };
}

test("a frame that is no packet ends that connection and no other", async () => {
  const loud = await admitted(INTRODUCTION);
  const quiet = await admitted({
    ...INTRODUCTION,
    name: "C",
    instance: "i2",
    address: "127.0.0.3",
  });
  const gone = heard(loud, "disconnect");
  loud.io.engine.write(Buffer.from([1, 2, 3]));
  await gone;
  await until(() => !isConnected(cluster.coordinator, "A"));
  expect([quiet.connected, isConnected(cluster.coordinator, "C")]).toEqual([true, true]);
});

test("what is larger than any machine's state ends that connection and no other", async () => {
  const loud = await admitted(INTRODUCTION);
  const quiet = await admitted({
    ...INTRODUCTION,
    name: "C",
    instance: "i2",
    address: "127.0.0.3",
  });
  const gone = heard(loud, "disconnect");
  loud.emit("report", "m", Buffer.alloc(65 << 20));
  await gone;
  await until(() => !isConnected(cluster.coordinator, "A"));
  expect([quiet.connected, isConnected(cluster.coordinator, "C")]).toEqual([true, true]);
});
