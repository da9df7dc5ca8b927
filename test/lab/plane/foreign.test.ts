// Somebody else as a host of a run on a cluster: let in where a node publishes a port of its machine.

import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "#coordinator/redis/server.ts";
import { type Cluster, ended, openCluster, TOKEN, until } from "../../support/cluster.ts";

const folder = mkdtempSync(join(tmpdir(), "unwedge-foreign-"));
let cluster: Cluster;
let port = 0;
beforeAll(async () => {
  cluster = await openCluster(folder);
  port = await freePort();
  await cluster.join("A", 0, `7000=${port}`);
});
afterAll(async () => {
  await cluster.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What comes back for a request, whole; "": the call was refused or cut. */
async function answerOf(): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  let text = "";
  socket.on("data", (chunk) => {
    text += String(chunk);
    socket.end();
  });
  socket.write("GET / HTTP/1.1\r\nHost: A\r\n\r\n");
  // Not once() of node:events, which takes a call that is cut for an error.
  await new Promise((closed) => socket.once("close", closed));
  return text;
}

const runOf = async (foreign: readonly string[]): Promise<string> => {
  const { body } = await cluster.ask({ scenario: "serving", slowdown: 1, foreign });
  return body.id;
};

const stop = (id: string): Promise<Response> =>
  fetch(`${cluster.coordinator.url}/api/v1/runs/${id}`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${TOKEN}` },
  });

test("between runs nobody is there", async () => {
  expect(await answerOf()).toBe("");
});

test("A answers a caller from outside as the B of its run", async () => {
  const id = await runOf(["B"]);
  await until(() => cluster.coordinator.history.get(id)?.phase === "work");
  expect(await answerOf()).toMatch(/^HTTP\/1\.1 200 /);
  await stop(id);
  await ended(cluster, id);
});

test("hosts that a scenario has not are refused, and nothing was queued", async () => {
  const before = cluster.coordinator.history.list().length;
  const { status, body } = await cluster.ask({ scenario: "serving", foreign: ["Z"] });
  expect([status, body.detail]).toEqual([422, "foreign: Z is no host of serving"]);
  expect(cluster.coordinator.history.list()).toHaveLength(before);
});
