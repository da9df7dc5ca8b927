// What is hostile is a problem+json, changes nothing, and crashes nothing. Over real HTTP.

import { request } from "node:http";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Bench, bodyOf, openBench, TOKEN, until } from "../../support/coordinator.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

let keys = 0;
const key = (): Record<string, string> => ({ "idempotency-key": `key-${keys++}` });
const fault = { name: "swap.stall", target: "C", lease: 10 };

const run = { scenario: "zijlstra-wedge" };
const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
/** [method, path, body, headers, status] */
const table: readonly (readonly [string, string, unknown, Record<string, string>, number])[] = [
  ["POST", "/api/v1/heal", {}, { authorization: "" }, 401],
  ["POST", "/api/v1/heal", {}, { authorization: "Bearer nonsense" }, 401],
  ["POST", "/api/v1/heal", {}, { authorization: `Basic ${TOKEN}` }, 401],
  ["POST", "/api/v1/runs", run, { authorization: `Bearer ${TOKEN}x`, ...key() }, 401],
  ["DELETE", "/api/v1/runs/r1", undefined, { authorization: "Bearer" }, 401],
  ["PATCH", "/api/v1/runs", {}, {}, 404],
  ["POST", "/api/v1/runs", "{", key(), 400],
  ["POST", "/api/v1/runs", "null", key(), 400],
  ["POST", "/api/v1/runs", "[]", key(), 400],
  ["POST", "/api/v1/runs", deep, key(), 400],
  ["POST", "/api/v1/runs", '{"__proto__":{"isAdmin":true},"scenario":"x"}', key(), 400],
  ["POST", "/api/v1/runs", run, {}, 400],
  ["POST", "/api/v1/runs", run, { "idempotency-key": "a b" }, 400],
  ["POST", "/api/v1/runs", run, { "idempotency-key": "k".repeat(101) }, 400],
  ["POST", "/api/v1/runs", { scenario: "../../etc/passwd" }, key(), 400],
  ["POST", "/api/v1/runs", { scenario: "nothing-of-the-kind" }, key(), 404],
  ["POST", "/api/v1/runs", { ...run, variant: "fitz" }, key(), 422],
  ["POST", "/api/v1/runs", { ...run, seed: -1 }, key(), 400],
  ["POST", "/api/v1/runs", { ...run, seed: 1e300 }, key(), 400],
  ["POST", "/api/v1/runs", { ...run, set: ["a=b=c;rm -rf /"] }, key(), 422],
  ["POST", "/api/v1/runs", { ...run, more: 1 }, key(), 400],
  ["POST", "/api/v1/runs", "x".repeat(70_000), key(), 413],
  ["POST", "/api/v1/runs", "a=b", { ...key(), "content-type": "text/plain" }, 400],
  ["POST", "/api/v1/faults", { ...fault, lease: 0 }, key(), 400],
  ["POST", "/api/v1/faults", { ...fault, lease: 1e9 }, key(), 400],
  ["POST", "/api/v1/faults", { ...fault, lease: "10" }, key(), 400],
  ["POST", "/api/v1/faults", { ...fault, target: "nowhere" }, key(), 422],
  ["POST", "/api/v1/faults", { ...fault, name: "<script>" }, key(), 400],
  ["POST", "/api/v1/faults", { ...fault, target: "C".repeat(500) }, key(), 400],
  ["PUT", "/api/v1/faults/f99/lease", { lease: 1 }, {}, 404],
  ["DELETE", "/api/v1/faults/..%2f..%2fetc", undefined, {}, 400],
  ["GET", "/api/v1/runs/..%2f..%2fetc%2fpasswd", undefined, {}, 400],
  ["GET", `/api/v1/runs/${"r".repeat(5_000)}`, undefined, {}, 400],
  ["GET", "/api/v1/runs/r0/stream", undefined, {}, 404],
  ["GET", "/api/v1/runs?limit=-1", undefined, {}, 400],
  ["GET", "/api/v1/runs?limit=1e9", undefined, {}, 400],
  ["DELETE", "/api/v1/runs", undefined, { authorization: "Bearer x" }, 401],
  ["POST", "/api/v1/down", {}, { authorization: "" }, 401],
  ["GET", "/api/v1/events?after=$", undefined, {}, 400],
  ["GET", "/api/v1/events?after=1-1-1", undefined, {}, 400],
  ["GET", "/api/v1/events?node=../A", undefined, {}, 400],
  ["GET", "/api/v1/events?limit=0", undefined, {}, 400],
  ["GET", "/api/v1/nodes/Z", undefined, {}, 404],
  ["GET", "/api/v1/nodes/%00", undefined, {}, 400],
  ["GET", "/api/v1/nodes/%E0%A4%A", undefined, {}, 400],
  ["GET", "/api/v1/nodes/A/proc/..%2f..%2fkcore", undefined, {}, 400],
  ["GET", "/api/v1/nodes/A/proc/kcore", undefined, {}, 404],
  ["GET", "/metrics/kernel?node=../A", undefined, {}, 400],
  ["GET", "/metrics/kernel?node=Z", undefined, {}, 404],
  ["GET", "/metrics/kernel", undefined, {}, 400],
  ["GET", "/../../etc/passwd", undefined, {}, 404],
];

test.each(table)("%s %.60s %#", async (method, path, body, headers, status) => {
  const before = await stateOf();
  const response = await bench.ask(method, path, body, headers);
  const said = await bodyOf(response);
  expect([response.status, said.detail]).toEqual([status, expect.any(String)]);
  expect(response.headers.get("content-type")).toMatch(/^application\/problem\+json/);
  expect(said.status).toBe(status);
  expect(JSON.stringify(said)).not.toMatch(/node_modules|at .*\.ts:\d/);
  expect(await stateOf()).toEqual(before);
});

/** What must not change. */
async function stateOf(): Promise<unknown> {
  const { faults } = await bodyOf(await bench.ask("GET", "/api/v1/faults"));
  return { faults, runs: bench.coordinator.history.list().map(({ id, state }) => [id, state]) };
}

test("a key that was used for something else is refused", async () => {
  const used = key();
  await bench.ask("POST", "/api/v1/faults", fault, used);
  const other = await bench.ask("POST", "/api/v1/faults", { ...fault, lease: 11 }, used);
  expect(other.status).toBe(422);
  await bench.ask("POST", "/api/v1/heal");
});

test("a request that is sent ten times at once is done once", async () => {
  const one = key();
  const before = bench.coordinator.history.list().length;
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => bench.ask("POST", "/api/v1/runs", run, one)),
  );
  const ids = await Promise.all(answers.map(async (answer) => (await bodyOf(answer)).id));
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 202));
  expect(new Set(ids).size).toBe(1);
  expect(bench.coordinator.history.list()).toHaveLength(before + 1);
  await until(bench.coordinator, () => bench.coordinator.history.get(ids[0])?.state === "ended");
});

test("100 MB are refused before they are read", async () => {
  const sent = await new Promise<{ status: number | undefined; bytes: number }>((resolve) => {
    const { port } = new URL(bench.coordinator.url);
    const chunk = Buffer.alloc(1 << 20, "x");
    const out = request({
      port,
      path: "/api/v1/runs",
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json", ...key() },
    });
    let status: number | undefined;
    let bytes = 0;
    const done = (): void => resolve({ status, bytes });
    const more = (): void => {
      for (; bytes < 100 << 20; bytes += chunk.length)
        if (!out.write(chunk)) {
          bytes += chunk.length;
          out.once("drain", more);
          return;
        }
      out.end();
    };
    out.on("response", (response) => {
      status = response.statusCode;
      response.resume();
      out.destroy();
    });
    out.on("error", () => undefined);
    out.on("close", done);
    more();
  });
  expect(sent.status).toBe(413);
  expect(sent.bytes).toBeLessThan(20 << 20);
  expect((await bench.ask("GET", "/healthz")).status).toBe(200);
});

test("bytes that are no HTTP do not bring it down", async () => {
  const { port } = new URL(bench.coordinator.url);
  for (const bytes of [
    "\0\0\0\0",
    "GET / HTTP/9.9\r\n\r\n",
    "NBDMAGICIHAVEOPT",
    `GET /${"a".repeat(100_000)}`,
  ]) {
    const socket = connect(Number(port), "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write(bytes);
    socket.resume();
    socket.end();
    // Not once() of node:events, which takes a call that is cut for an error.
    await new Promise((closed) => socket.once("close", closed));
  }
  expect((await bench.ask("GET", "/healthz")).status).toBe(200);
});

test("it listens on 127.0.0.1 and nowhere else", () => {
  expect(new URL(bench.coordinator.url).hostname).toBe("127.0.0.1");
});
