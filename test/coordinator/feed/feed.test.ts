// The feed as a page sees it, over a real HTTP server: everything once, then what is new, numbered; and who is refused.

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket as NetSocket } from "node:net";
import { io, type Socket } from "socket.io-client";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Feed } from "#coordinator/feed/feed.ts";
import {
  FEED_NAMESPACE,
  FEED_PATH,
  FEED_VERSION,
  type FeedEvent,
  type FeedHello,
  type FeedResumed,
  type FeedSnapshot,
  type Frame,
  type FromFeed,
} from "#sim/index.ts";
import { type Bench, bodyOf, openBench, until } from "../../support/coordinator.ts";
import { tinyFilm } from "../../support/films.ts";

type Page = Socket<FromFeed>;

/** Sends packets as they are, and no page would write, over HTTP polling. */
async function rawly(...packets: readonly string[]): Promise<void> {
  const at = `${bench.coordinator.url}${FEED_PATH}?EIO=4&transport=polling`;
  const opened = await (await fetch(at)).text();
  const { sid } = JSON.parse(opened.slice(1));
  for (const body of packets)
    await fetch(`${at}&sid=${sid}`, {
      method: "POST",
      body,
      headers: { "content-type": "text/plain" },
    });
}

let bench: Bench;
const pages: Page[] = [];
beforeAll(async () => {
  bench = await openBench();
});
afterEach(() => {
  for (const page of pages.splice(0)) page.disconnect();
});
afterAll(() => bench.close());

const FRESH: FeedHello = { version: FEED_VERSION, epoch: null, n: 0, atNs: -1 };

function openFeed(hello: FeedHello = FRESH, headers: Record<string, string> = {}): Page {
  const page: Page = io(bench.coordinator.url + FEED_NAMESPACE, {
    path: FEED_PATH,
    transports: ["websocket"],
    auth: { ...hello },
    extraHeaders: headers,
    forceNew: true,
    reconnection: false,
  });
  pages.push(page);
  return page;
}

const next = <K extends keyof FromFeed>(page: Page, name: K): Promise<Parameters<FromFeed[K]>[0]> =>
  new Promise((resolve) => page.once<keyof FromFeed>(name, resolve));

/** What a page is told until so many news have come. */
function collect(page: Page, count: number): Promise<FeedEvent[]> {
  const got: FeedEvent[] = [];
  return new Promise((resolve) => {
    page.on("news", (event) => {
      got.push(event);
      if (got.length === count) resolve(got);
    });
  });
}

const film = tinyFilm("fits");
const first: readonly Frame[] = film.frames.slice(0, 5);
const feed = (): Feed => bench.coordinator.feed;

test("a page is told everything once, then numbered news and frames", async () => {
  feed().begins("r1", film.title);
  feed().shows(first, null);
  const page = openFeed();
  const snapshot: FeedSnapshot = await next(page, "snapshot");
  expect([snapshot.film?.run, snapshot.film?.frames.length]).toEqual(["r1", 5]);
  const news = collect(page, 2);
  const frames = next(page, "frames");
  feed().shows(film.frames.slice(5, 7), null);
  expect((await frames).map(({ atNs }) => atNs)).toEqual(
    film.frames.slice(5, 7).map(({ atNs }) => atNs),
  );
  const asked = await bench.ask(
    "POST",
    "/api/v1/runs",
    { scenario: "zijlstra-wedge" },
    { "idempotency-key": "feed-1" },
  );
  expect(asked.status).toBe(202);
  const numbers = (await news).map(({ n }) => n);
  // That it waits, and that it is judged.
  expect(numbers).toEqual([1, 2].map((i) => snapshot.n + i));
});

test("a page that was away is told what it missed, once; one of another coordinator everything", async () => {
  feed().begins("r2", film.title);
  feed().shows(first, null);
  const { epoch, n } = await next(openFeed(), "snapshot");
  feed().shows(film.frames.slice(5, 9), null);
  if (film.end === null) throw new Error("the film has an end");
  feed().ends(film.end);
  const hello = { ...FRESH, epoch, n, atNs: first.at(-1)?.atNs ?? 0 };
  const resumed: FeedResumed = await next(openFeed(hello), "resumed");
  expect(resumed.events[0]).toEqual({ type: "ends", end: film.end, n: n + 1 });
  expect(resumed.frames.map(({ atNs }) => atNs)).toEqual(
    film.frames.slice(5, 9).map(({ atNs }) => atNs),
  );
  const anew = await next(openFeed({ ...hello, epoch: "another" }), "snapshot");
  expect(anew.film?.frames.length).toBe(9);
});

test("a page of another version is told to load itself again, and one of another site nothing", async () => {
  const old = await refusedBy(openFeed({ ...FRESH, version: FEED_VERSION + 1 }));
  expect(old).toContain("load it again");
  const foreign = await refusedBy(openFeed(FRESH, { origin: "http://elsewhere.example" }));
  expect(foreign).not.toContain("load it again");
});

const refusedBy = (page: Page): Promise<string> =>
  new Promise((resolve, reject) => {
    page.on("connect_error", ({ message }) => resolve(message));
    page.on("connect", () => reject(new Error("it was let in")));
  });

test("the film of a run that is over is kept, and goes with the run", async () => {
  const { id } = await bodyOf(
    await bench.ask(
      "POST",
      "/api/v1/runs",
      { scenario: "zijlstra-wedge" },
      { "idempotency-key": "feed-2" },
    ),
  );
  await until(bench.coordinator, () => bench.coordinator.history.get(id)?.state === "ended");
  const page = openFeed();
  await next(page, "snapshot");
  const isKept = new Promise<void>((resolve) => {
    page.on("news", (event) => {
      if (event.type === "run" && event.record.id === id && event.record.hasFilm) resolve();
    });
  });
  feed().begins(id, film.title);
  feed().shows(film.frames, film.closure);
  feed().ends(film.end);
  await isKept;
  const kept = await bodyOf(await bench.ask("GET", `/api/v1/runs/${id}/film`));
  expect(kept.frames.length).toBe(film.frames.length);
  expect(kept.end).toEqual(JSON.parse(JSON.stringify(film.end)));
  expect((await bench.ask("DELETE", `/api/v1/runs/${id}`)).status).toBe(204);
  expect((await bench.ask("GET", `/api/v1/runs/${id}/film`)).status).toBe(404);
});

test("a page that stopped reading is put off, and another is told everything meanwhile", async () => {
  const reader = openFeed();
  await next(reader, "snapshot");
  const stalled = await openStalled(bench.coordinator.url);
  expect(feed().counts.pages).toBe(2);
  const large = { ...film.title, story: "x".repeat(100_000) };
  // What this host's buffers take of it is some 10 MB; then come as many as a page may leave untaken.
  let told = 0;
  while (feed().counts.pages === 2 && told < 600) {
    const news = next(reader, "news");
    feed().begins("r3", large);
    await news;
    told++;
    if (told % 50 > 0) continue;
    // Frames leave at once when a film ends; who has not taken the last ones has none of these.
    feed().shows(first, null);
    feed().ends(null);
  }
  expect(feed().counts.pages).toBe(1);
  expect(told).toBeGreaterThan(200);
  // What it was not sent, and that it was put off, is counted where it is looked for.
  const metrics = await (await bench.ask("GET", "/metrics")).text();
  expect(metrics).toContain("unwedge_feed_pages 1\n");
  expect(metrics).toContain("unwedge_feed_put_off_total 1\n");
  expect(metrics).toMatch(/^unwedge_feed_dropped_total [1-9]/m);
  stalled.destroy();
});

/** A page that opens its WebSocket, says hello, and never reads again. */
async function openStalled(url: string): Promise<NetSocket> {
  const { port } = new URL(url);
  const socket = connect({ host: "127.0.0.1", port: Number(port) });
  socket.write(
    `GET ${FEED_PATH}?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n\r\n`,
  );
  await once(socket, "data");
  const before = feed().counts.pages;
  socket.pause();
  socket.write(masked(`40${FEED_NAMESPACE},${JSON.stringify(FRESH)}`));
  while (feed().counts.pages === before) await new Promise((resolve) => setImmediate(resolve));
  return socket;
}

/** One WebSocket frame of text. RFC 6455, 5.2; a mask of zeroes is a mask. */
function masked(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x81, 0x80 | bytes.length, 0, 0, 0, 0]), bytes]);
}

test.each([
  ["no introduction", "40/page,"],
  ["null for one", "40/page,null"],
  ["a list for one", "40/page,[1]"],
  ["half of one", '40/page,{"version":'],
  ["a prototype", '40/page,{"__proto__":{"version":1},"version":{"toString":1}}'],
  ["no namespace", "40/nowhere,{}"],
  ["an event before its introduction", '42/page,["news",1]'],
  ["no packet at all", "\u0000\u0001nonsense"],
  ["more than a page may say", `40/page,{"version":1,"epoch":"${"x".repeat(10_000)}"}`],
])("a page that sends %s changes nothing for the others", async (_, packet) => {
  const other = openFeed();
  await next(other, "snapshot");
  await rawly(packet, '42/page,["error",{"toString":1}]').catch(() => undefined);
  const told = collect(other, 1);
  bench.coordinator.feed.faultsEnd();
  expect((await told)[0]?.type).toBe("faults");
  expect((await bench.ask("GET", "/healthz")).status).toBe(200);
});
