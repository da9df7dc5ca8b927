// A server under clients that mean no good or nothing at all: it lives, it forgets them, and the others are served.

import { readFileSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Random } from "#base/random.ts";
import { KIB, MIB } from "#base/units.ts";
import * as nbd from "#wire/nbd/constants.ts";
import { encodeRequest } from "#wire/nbd/frame.ts";
import { encodeClientFlags, encodeOption } from "#wire/nbd/haggling.ts";
import { startSwapd } from "../../../nodes/swapd/index.ts";
import { NbdClient } from "../../support/nbd-client.ts";
import { control, type RunningSwapd, startSwapdProcess } from "../../support/swapd.ts";
import { hostileStream } from "../../wire/hostile.ts";
import { pattern } from "../../wire/support.ts";

const STREAMS = 4_000;
const AT_A_TIME = 50;
const IDLE = 1_000;
/** What Node's collector leaves lying about, more or less, between two looks. */
const NOISE_BYTES = 48 * MIB;

/** To start a process, and to end it. */
const HOOK_MS = 60_000;

let swapd: RunningSwapd;

beforeAll(async () => {
  const control_ = ["--control", "127.0.0.1:0", "--log-level", "error"];
  swapd = await startSwapdProcess(["--size", "262144B", "--export", "swap", ...control_]);
}, HOOK_MS);
afterAll(async () => {
  expect(await swapd.stop()).toBe(0);
  expect(swapd.log).toEqual([]);
}, HOOK_MS);

const residentBytes = (): number =>
  Number(readFileSync(`/proc/${swapd.pid}/statm`, "utf8").split(" ")[1]) * 4 * KIB;

function opened(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: "127.0.0.1", port }, () => resolve(socket));
    socket.on("error", reject);
  });
}

/** Send a stream, and wait until the server has let go of the connection. */
function torment(seed: number): Promise<void> {
  const bytes = hostileStream(new Random(seed));
  return new Promise((resolve) => {
    const socket = createConnection({ host: "127.0.0.1", port: swapd.port });
    socket.on("error", () => {});
    socket.on("close", () => resolve());
    socket.resume();
    // Every other one hangs up without a word, in the middle of whatever it is.
    socket.write(bytes, () => (seed % 2 === 0 ? socket.end() : socket.resetAndDestroy()));
  });
}

async function tormentAll(fromSeed: number, count: number): Promise<void> {
  for (let seed = fromSeed; seed < fromSeed + count; seed += AT_A_TIME)
    await Promise.all(Array.from({ length: AT_A_TIME }, (_, i) => torment(seed + i)));
}

/** A client that minds its own business until it is told to stop; how many pages it got back as it had written them. */
function minding(client: NbdClient) {
  let isOver = false;
  let served = 0;
  const done = (async () => {
    while (!isOver) {
      const page = pattern(4096, served);
      const errno = await client.write(200_704, page);
      const read = await client.read(200_704, 4096);
      if (errno !== 0 || read === null || Buffer.compare(read, page) !== 0)
        throw new Error("not served");
      served++;
    }
    return served;
  })();
  return {
    stop: () => {
      isOver = true;
      return done;
    },
  };
}

const openConnections = async (): Promise<unknown> => {
  const { stats } = await control(swapd.controlPort, { do: "stats" });
  return (stats as { openConnections: number }).openConnections;
};

test(`${STREAMS} hostile conversations leave nothing behind, and others are served meanwhile`, async () => {
  // It only flushes: what the hostile write into the export is theirs.
  const client = await NbdClient.connect(swapd.port, "swap");
  let served = 0;
  await tormentAll(1_000_000, STREAMS / 2);
  const before = residentBytes();
  for (let round = 0; round < STREAMS / 2; round += AT_A_TIME) {
    await Promise.all([
      tormentAll(2_000_000 + round, AT_A_TIME),
      client.flush().then((errno) => {
        if (errno === 0) served++;
      }),
    ]);
  }
  expect(served).toBe(STREAMS / 2 / AT_A_TIME);
  expect(residentBytes() - before).toBeLessThan(NOISE_BYTES);
  await client.close();
});

test(`${IDLE} connections that say nothing, or half of it, hold up nobody`, async () => {
  const sockets = await Promise.all(Array.from({ length: IDLE }, () => opened(swapd.port)));
  // Every third begins a handshake and stops in the middle of an option.
  const started = [
    encodeClientFlags(3),
    encodeOption(nbd.NBD_OPT_GO, pattern(100)).subarray(0, 40),
  ];
  for (const socket of sockets.filter((_, i) => i % 3 === 0))
    for (const part of started) socket.write(part);
  const client = await NbdClient.connect(swapd.port, "swap");
  const minder = minding(client);
  expect(await openConnections()).toBe(IDLE + 1);
  // A byte at a time: each is a read of its own for the server.
  const slow = sockets.filter((_, i) => i % 3 === 1).slice(0, 100);
  for (const socket of slow)
    for (const part of started) for (const byte of part) socket.write(Uint8Array.of(byte));
  expect(await openConnections()).toBe(IDLE + 1);
  expect(await minder.stop()).toBeGreaterThan(0);
  const gone = sockets.map((socket) => new Promise((resolve) => socket.once("close", resolve)));
  for (const socket of sockets) socket.destroy();
  await Promise.all(gone);
  while ((await openConnections()) !== 1);
  await client.close();
});

test("a client that asks for gigabytes and takes none costs the server a bounded amount", async () => {
  const greedy = await NbdClient.connect(swapd.port, "swap");
  const before = residentBytes();
  greedy.deafen();
  const lenBytes = 262_144;
  const requests = Array.from({ length: 8_192 }, (_, i) =>
    encodeRequest({
      type: nbd.NBD_CMD_READ,
      flags: 0,
      cookieHi: 1,
      cookieLo: i,
      offsetBytes: 0,
      lenBytes,
    }),
  );
  greedy.send(Buffer.concat(requests));
  const client = await NbdClient.connect(swapd.port, "swap");
  const page = pattern(4096);
  for (let i = 0; i < 50; i++) {
    expect(await client.write(0, page)).toBe(0);
    expect(await client.read(0, 4096)).toEqual(page);
  }
  // 2 GiB were asked for; what is read of the store is sent from where it lies.
  expect(residentBytes() - before).toBeLessThan(NOISE_BYTES);
  greedy.destroy();
  await greedy.closed;
  await client.close();
});

test("who has chosen no export after ten seconds is cut off, who has is not", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const server = await startSwapd(
    {
      listen: { host: "127.0.0.1", port: 0 },
      exports: [{ name: "", sizeBytes: MIB, file: null, readOnly: false }],
      tls: null,
      control: null,
      schedule: [],
      seed: 1,
    },
    pino({ level: "silent" }),
  );
  try {
    const port = "port" in server.listens ? server.listens.port : 0;
    const client = await NbdClient.connect(port);
    const loris = await opened(port);
    const greeted = new Promise((resolve) => loris.once("data", resolve));
    await greeted;
    let isCut = false;
    loris.on("error", () => {});
    const cut = new Promise<void>((resolve) => {
      loris.once("close", () => {
        isCut = true;
        resolve();
      });
    });
    vi.advanceTimersByTime(9_999);
    expect(await client.read(0, 512)).toEqual(new Uint8Array(512));
    expect(isCut).toBe(false);
    vi.advanceTimersByTime(1);
    await cut;
    expect(await client.read(0, 512)).toEqual(new Uint8Array(512));
    await client.close();
  } finally {
    vi.useRealTimers();
    await server.close();
  }
});
