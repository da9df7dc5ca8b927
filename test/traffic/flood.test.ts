// The flood of real sockets against a server that counts: what it says is what arrived, and nothing of it is left.

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { type FloodPlan, type FloodTally, runFlood, targetOf } from "#traffic/index.ts";
import { CountingServer, type ServerSpec } from "../support/counting-server.ts";

const servers: CountingServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(spec?: ServerSpec): Promise<CountingServer> {
  const server = await CountingServer.start(spec);
  servers.push(server);
  return server;
}

const planOn = (url: string, plan: Partial<FloodPlan> = {}): FloodPlan => ({
  target: targetOf(url, []),
  model: "open",
  ratePerSec: 100,
  pattern: "constant",
  connections: 64,
  payloadBytes: 256,
  shape: "request",
  slowReaders: 0,
  forMs: 1000,
  seed: 1,
  batch: 256,
  ...plan,
});

async function flood(
  server: CountingServer,
  plan: Partial<FloodPlan> = {},
  workers = 2,
): Promise<FloodTally> {
  const tally = await runFlood({ plan: planOn(server.url, plan), workers });
  await server.quiet();
  return tally;
}

describe("open load", () => {
  test("is as much as was asked for, and all of it arrives and is answered", async () => {
    const server = await serve();
    const { counts, due, unanswered } = await flood(server);
    expect(due).toBe(100);
    expect(counts).toMatchObject({ sent: 100, answered: 100, failed: 0, connected: 64, broken: 0 });
    expect([server.requests, unanswered]).toEqual([100, 0]);
  });

  test.each(["poisson", "burst"] as const)(
    "%s arrivals come at the same rate, by the same seed equally many",
    async (pattern) => {
      const server = await serve();
      const plan = { pattern, ratePerSec: 1000, forMs: 600 };
      const one = await flood(server, plan);
      const other = await flood(server, plan);
      expect(one.due).toBe(other.due);
      expect(one.due / 600).toBeGreaterThan(0.8);
      expect(one.due / 600).toBeLessThan(1.2);
      expect(server.requests).toBe(one.counts.sent + other.counts.sent);
    },
  );

  test("a server that stops for a while is seen in the tail, also by requests that could not be sent meanwhile", async () => {
    const pause = { afterRequests: 50, ms: 500 };
    const stopped = await serve({ pause });
    const plan = { connections: 2, ratePerSec: 100, forMs: 1500 };
    const { latencyUs: after, due, unanswered, counts } = await flood(stopped, plan);
    // Two connections have two requests out when it stops. A tool that asks only when it was answered would see these two late;
    // meant for those 500 ms were 50 of 150 requests, and half of these waited for 250 ms or more.
    expect([due, counts.answered + unanswered]).toEqual([150, 150]);
    expect(after?.p90 ?? 0).toBeGreaterThan(250_000);
    expect(after?.max ?? 0).toBeGreaterThan(450_000);
  });

  test("what is never answered counts as unanswered, with its age", async () => {
    const server = await serve({ pause: { afterRequests: 1, ms: 60_000 } });
    const { counts, unanswered, due, latencyUs } = await flood(server, { forMs: 400 });
    expect(counts.answered).toBe(0);
    expect(unanswered).toBe(due);
    expect(latencyUs?.max ?? 0).toBeGreaterThan(400_000);
  });
});

test("closed load has one request a connection out, and stops asking when it is not answered", async () => {
  const server = await serve({ pause: { afterRequests: 20, ms: 60_000 } });
  const plan = { model: "closed", ratePerSec: null, connections: 8 } as const;
  const { counts, unanswered } = await flood(server, plan, 1);
  expect(unanswered).toBe(8);
  expect(server.requests).toBe(counts.answered + 8);
  expect(server.requests).toBeLessThan(20 + 8);
});

test("pipelined requests go out without waiting for answers", async () => {
  const server = await serve({ pause: { afterRequests: 1, ms: 60_000 } });
  const { counts } = await flood(server, {
    shape: "pipeline",
    connections: 2,
    ratePerSec: 500,
    forMs: 400,
  });
  expect(server.requests).toBe(counts.sent);
  expect(counts.sent).toBe(200);
});

test("a stream is one request a connection, and every chunk of it arrives", async () => {
  const server = await serve();
  const { counts } = await flood(server, {
    shape: "stream",
    connections: 4,
    ratePerSec: 500,
    payloadBytes: 1000,
  });
  expect([server.requests, counts.sent]).toEqual([0, 500]);
  expect(server.bytes).toBeGreaterThanOrEqual(counts.sentBytes);
  expect(server.bytes).toBeLessThan(counts.sentBytes + 4 * 200);
});

test("as much as goes out ends in time all the same", async () => {
  const server = await serve();
  const plan = { shape: "stream", ratePerSec: null, connections: 2, batch: 1, forMs: 300 } as const;
  const { counts } = await flood(server, plan);
  expect(counts.sent).toBeGreaterThan(1000);
  expect(counts.broken).toBe(0);
});

test("slow readers leave what they are answered with the server", async () => {
  const plan = { shape: "pipeline", connections: 2, ratePerSec: 400, forMs: 800 } as const;
  const answers = { answerBytes: 65_536 };
  const [fast, slow] = [await serve(answers), await serve(answers)];
  const quick = await flood(fast, plan);
  const late = await flood(slow, { ...plan, slowReaders: 2 });
  expect(quick.counts.answered).toBe(quick.counts.sent);
  expect(late.counts.answered).toBeLessThan(late.counts.sent / 2);
  expect(slow.backlogBytesMax).toBeGreaterThan(fast.backlogBytesMax);
});

test("a thousand connections are made, each is used, and each is reset after its last byte", async () => {
  const server = await serve();
  const plan = { connections: 1000, ratePerSec: 1000, forMs: 1000 };
  const { counts, unanswered } = await flood(server, plan);
  expect(counts).toMatchObject({ connected: 1000, broken: 0, sent: 1000 });
  expect(counts.answered + unanswered).toBe(1000);
  expect(server.requests).toBe(1000);
  // One more asks whether anybody is there.
  expect(server.connections).toBe(1001);
  expect(server.resets).toBeGreaterThanOrEqual(1000);
  expect(server.open).toBe(0);
});

test("told to stop it ends at once, says what it did, and leaves no connection", async () => {
  const server = await serve();
  const stop = new AbortController();
  const running = runFlood({
    plan: planOn(server.url, { forMs: 60_000 }),
    workers: 2,
    signal: stop.signal,
    onProgress: ({ answered }) => {
      if (answered > 50) stop.abort();
    },
  });
  const { counts, activeMs } = await running;
  await server.quiet();
  expect(activeMs).toBeLessThan(30_000);
  expect(server.requests).toBe(counts.sent);
});

test("UDP: every datagram arrives once, and what is sent back is counted", async () => {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const seen = new Set<string>();
  socket.on("message", (bytes, from) => {
    seen.add(`${from.port} ${bytes.readUInt32BE()}`);
    if (bytes.readUInt32BE() % 2 === 0) socket.send(bytes.subarray(0, 4), from.port, from.address);
  });
  const url = `udp://127.0.0.1:${socket.address().port}`;
  const { counts, unanswered } = await runFlood({
    plan: planOn(url, { connections: 4, ratePerSec: 500 }),
    workers: 2,
  });
  socket.close();
  await once(socket, "close");
  expect(counts.sent).toBe(500);
  expect(seen.size).toBe(500);
  expect([counts.answered, unanswered]).toEqual([250, 250]);
});

test("nobody listening is a sentence, not a million failures", async () => {
  const server = await serve();
  const { url } = server;
  await server.close();
  servers.pop();
  await expect(runFlood({ plan: planOn(url), workers: 1 })).rejects.toThrow("nobody listens there");
});
