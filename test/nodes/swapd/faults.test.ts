// Each fault, done to a real server: it strikes who it should, says so, counts it, and ends.

import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Logger, pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MIB } from "#base/units.ts";
import * as nbd from "#wire/nbd/constants.ts";
import { type Swapd, startSwapd } from "../../../nodes/swapd/index.ts";
import { NbdClient } from "../../support/nbd-client.ts";
import { control } from "../../support/swapd.ts";
import { pattern } from "../../wire/support.ts";

/** Long enough that no lease ends by itself where a test heals by command. */
const LEASE_MS = 60_000;

let swapd: Swapd;
let lines: string[];

const portOf = (address: Swapd["listens"] | null): number =>
  address !== null && "port" in address ? address.port : 0;
const connect = (): Promise<NbdClient> => NbdClient.connect(portOf(swapd.listens));
const order = (command: object) => control(portOf(swapd.controlled), command);
const add = (fault: string, args: object = {}) =>
  order({ do: "add", id: "f", fault, args, leaseMs: LEASE_MS });

/** How often the fault had struck when it healed. */
async function healed(): Promise<number> {
  const { healed: reports } = await order({ do: "heal", id: "f" });
  return (reports as { struck: number }[])[0]?.struck ?? -1;
}

const logTo = (): Logger => pino({ base: null }, { write: (line: string) => lines.push(line) });

beforeEach(async () => {
  lines = [];
  const loopback = { host: "127.0.0.1", port: 0 };
  swapd = await startSwapd(
    {
      listen: loopback,
      exports: [{ name: "swap", sizeBytes: 4 * MIB, file: null, readOnly: false }],
      tls: null,
      control: loopback,
      schedule: [],
      seed: 1,
    },
    logTo(),
  );
});
afterEach(() => swapd.close());

/** Whether a promise is open still once everything that was under way has had its turn. */
async function isOpen(promise: Promise<unknown>, beside: NbdClient): Promise<boolean> {
  let open = true;
  void promise.then(() => {
    open = false;
  });
  // An answer that comes on another connection comes after what this one would have been answered.
  await order({ do: "stats" });
  await order({ do: "stats" });
  expect(beside.session.ended).toBeNull();
  return open;
}

describe("a stalled server", () => {
  test("takes requests, answers none, and answers all once healed", async () => {
    const client = await connect();
    await client.write(0, pattern(4096));
    await add("swap.stall");
    const reads = Promise.all([client.read(0, 4096), client.read(4096, 4096)]);
    expect(await isOpen(reads, client)).toBe(true);
    expect(await healed()).toBe(2);
    expect(await reads).toEqual([pattern(4096), new Uint8Array(4096)]);
    await client.close();
  });

  test("is alive again when the lease ends, though nobody heals it", async () => {
    const client = await connect();
    await order({ do: "add", id: "f", fault: "swap.stall", leaseMs: 1_000 });
    expect(await client.read(0, 512)).toEqual(new Uint8Array(512));
    expect(await order({ do: "list" })).toEqual({ ok: true, faults: [] });
    const spoken = lines.map((line) => JSON.parse(line)).filter(({ injected }) => injected);
    expect(spoken.map(({ msg, by, struck }) => [msg, by, struck])).toEqual([
      ["injected: swap.stall", undefined, undefined],
      ["healed: swap.stall", "lease", 1],
    ]);
    await client.close();
  });
});

test("a slow server answers late, and out of order where chance has it so", async () => {
  const client = await connect();
  await add("swap.slow", { latency: 1_000_000, jitter: 20_000_000 });
  const order_: number[] = [];
  await Promise.all(
    Array.from({ length: 32 }, async (_, i) => {
      await client.read(i * 512, 512);
      order_.push(i);
    }),
  );
  expect(order_).not.toEqual(order_.toSorted((x, y) => x - y));
  expect(await healed()).toBe(32);
  await client.close();
});

test("a throttled server is through with a small request that came behind a large one after it", async () => {
  const client = await connect();
  await add("swap.throttle", { bandwidth: 20 * MIB });
  const done: string[] = [];
  await Promise.all([
    client.read(0, 2 * MIB).then(() => done.push("large")),
    // Not too small: timers of Node's tell milliseconds apart, and a busy machine loses some between two requests.
    client.read(0, MIB).then(() => done.push("small")),
  ]);
  expect(done).toEqual(["large", "small"]);
  expect(await healed()).toBe(2);
  await client.close();
});

test("EIO and ENOSPC are answered to whom they concern, and nothing is changed", async () => {
  const client = await connect();
  await add("swap.enospc");
  expect(await client.write(0, pattern(512))).toBe(nbd.NBD_ENOSPC);
  expect(await client.read(0, 512)).toEqual(new Uint8Array(512));
  expect(await healed()).toBe(1);
  await add("swap.eio");
  expect((await client.ask({ type: nbd.NBD_CMD_READ, lenBytes: 512 }))?.errno).toBe(nbd.NBD_EIO);
  expect(await client.flush()).toBe(nbd.NBD_EIO);
  expect(await healed()).toBe(2);
  expect(await client.read(0, 512)).toEqual(new Uint8Array(512));
  await client.close();
});

test("corrupted data is wrong in one byte, and right again once healed", async () => {
  const client = await connect();
  await client.write(0, pattern(4096));
  await add("swap.corrupt");
  const bytes = (await client.read(0, 4096)) ?? new Uint8Array(0);
  const right = pattern(4096);
  expect([...bytes].filter((byte, i) => byte !== right[i])).toHaveLength(1);
  expect(await healed()).toBe(1);
  expect(await client.read(0, 4096)).toEqual(pattern(4096));
  await client.close();
});

test("a server that refuses lets those go on who are there", async () => {
  const client = await connect();
  await add("swap.refuse");
  const late = await connect();
  await late.closed;
  expect(late.session.state).toBe("handshake");
  expect(await client.write(0, pattern(512))).toBe(0);
  expect(await healed()).toBe(1);
  const welcome = await connect();
  expect(await welcome.read(0, 512)).toEqual(pattern(512));
  await welcome.close();
  await client.close();
});

test("a connection that breaks under use takes its requests with it; a new one breaks likewise", async () => {
  const client = await connect();
  await add("swap.disconnect");
  expect(await Promise.all([client.read(0, 512), client.read(0, 512)])).toEqual([null, null]);
  const second = await connect();
  expect(second.session.state).toBe("ready");
  expect(await second.read(0, 512)).toBeNull();
  expect(await healed()).toBe(2);
  const third = await connect();
  expect(await third.read(0, 512)).toEqual(new Uint8Array(512));
  await third.close();
});

test("a reply that hangs half way is finished after healing, with what came behind it", async () => {
  const client = await connect();
  await client.write(0, pattern(4096));
  await add("swap.hang");
  const first = client.read(0, 4096);
  expect(await isOpen(first, client)).toBe(true);
  expect(client.session.replies.heldBytes).toBe((16 + 4096) / 2 - 16);
  const second = client.read(0, 512);
  expect(await isOpen(second, client)).toBe(true);
  expect(await healed()).toBe(1);
  expect(await first).toEqual(pattern(4096));
  expect(await second).toEqual(pattern(4096).subarray(0, 512));
  await client.close();
});

describe.each([
  ["swap.crash", pattern(512)],
  ["swap.amnesia", new Uint8Array(512)],
])("%s", (fault, found) => {
  test("resets everybody until it heals, and is back with what it should have", async () => {
    const client = await connect();
    await client.write(0, pattern(512));
    await add(fault);
    await client.closed;
    const early = await connect();
    await early.closed;
    expect(early.session.state).toBe("handshake");
    expect(await healed()).toBe(1);
    const again = await connect();
    expect(await again.read(0, 512)).toEqual(found);
    await again.close();
  });
});

describe("the control", () => {
  test("that finds its address taken takes the server with it", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "unwedge-half-")), "socket");
    const spec = {
      listen: { path },
      exports: [{ name: "", sizeBytes: MIB, file: null, readOnly: false }],
      tls: null,
      control: swapd.controlled,
      schedule: [],
      seed: 1,
    };
    await expect(startSwapd(spec, logTo())).rejects.toThrow("cannot listen for control");
    expect(existsSync(path)).toBe(false);
  });

  test("does a command that comes twice once", async () => {
    expect(await add("swap.stall")).toEqual({ ok: true, isNew: true });
    expect(await add("swap.stall")).toEqual({ ok: true, isNew: false });
    expect(await order({ do: "renew", id: "f", leaseMs: 1000 })).toEqual({ ok: true });
    expect(await order({ do: "renew", id: "g", leaseMs: 1000 })).toEqual({ ok: false });
    expect(await order({ do: "heal" })).toMatchObject({ ok: true, healed: [{ id: "f" }] });
    expect(await order({ do: "heal", id: "f" })).toEqual({ ok: true, healed: [] });
  });

  test.each([
    [{ do: "dance" }, "do is one of"],
    [{ do: "add", fault: "swap.stall", leaseMs: 1 }, "id is a text"],
    [{ do: "add", id: "f", fault: "swap.stal", leaseMs: 1 }, "name of the table"],
    [{ do: "add", id: "f", fault: "link.cut", leaseMs: 1 }, "does not strike"],
    [{ do: "add", id: "f", fault: "swap.stall" }, "leaseMs between"],
    [{ do: "add", id: "f", fault: "swap.stall", leaseMs: 4e6 }, "leaseMs between"],
    [{ do: "add", id: "f", fault: "swap.slow", leaseMs: 1 }, "needs latency"],
    [
      { do: "add", id: "f", fault: "swap.eio", args: { shere: 1 }, leaseMs: 1 },
      "no argument shere",
    ],
    [[1], "one JSON object"],
  ])("says what is wrong with %j", async (command, message) => {
    const answer = await order(command);
    expect(answer["ok"]).toBe(false);
    expect(answer["error"]).toContain(message);
  });
});
