// What an acknowledgement is worth: a server with a file is killed at random moments under writes with FUA, fifty times (two
// hundred: `npm run seeds`), and each time everything that it had acknowledged is there after it is started again.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Random } from "#base/random.ts";
import { viewOf } from "#wire/bytes.ts";
import { NBD_CMD_FLAG_FUA } from "#wire/nbd/constants.ts";
import { NbdClient } from "../../support/nbd-client.ts";
import { startSwapdProcess } from "../../support/swapd.ts";

const SEEDS = process.env["UNWEDGE_SEEDS"] === "all" ? [1, 2, 3, 4, 5, 6, 7, 8] : [1, 2];
const KILLS_EACH = 25;
const BLOCKS = 256;
const BLOCK_BYTES = 4096;
const DEPTH = 16;

const folder = mkdtempSync(join(tmpdir(), "unwedge-durable-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Which version of a block was sent last, and which was acknowledged last. */
interface Block {
  sent: number;
  acknowledged: number;
}

function blockBytes(block: number, version: number): Uint8Array {
  const bytes = new Uint8Array(BLOCK_BYTES).fill(version & 0xff);
  viewOf(bytes).setUint32(0, block);
  viewOf(bytes).setUint32(4, version);
  viewOf(bytes).setUint32(BLOCK_BYTES - 4, version);
  return bytes;
}

/** The version that is there; −1 for one that was torn or never written by us. */
function versionIn(bytes: Uint8Array, block: number): number {
  const version = viewOf(bytes).getUint32(4);
  if (version === 0) return bytes.every((byte) => byte === 0) ? 0 : -1;
  return Buffer.compare(bytes, blockBytes(block, version)) === 0 ? version : -1;
}

/** Blocks that lost what was acknowledged, in words. A write that was in flight when the server died may be there or not;
 * from now on it is what has to be there. */
async function lossesIn(client: NbdClient, blocks: readonly Block[]): Promise<string[]> {
  const all = (await client.read(0, BLOCKS * BLOCK_BYTES)) ?? new Uint8Array(BLOCKS * BLOCK_BYTES);
  const losses: string[] = [];
  for (const [i, block] of blocks.entries()) {
    const found = versionIn(all.subarray(i * BLOCK_BYTES, (i + 1) * BLOCK_BYTES), i);
    const { sent, acknowledged } = block;
    if (found < acknowledged || found > sent)
      losses.push(`block ${i}: acknowledged ${acknowledged}, sent ${sent}, found ${found}`);
    block.acknowledged = found;
  }
  return losses;
}

/** Write until the connection is gone; a block has one write in flight at a time. */
async function writeOn(client: NbdClient, blocks: Block[], random: Random, onAck: () => void) {
  const lanes = Array.from({ length: DEPTH }, async (_, lane) => {
    for (;;) {
      const index = random.below(BLOCKS / DEPTH) * DEPTH + lane;
      const block = blocks[index];
      if (block === undefined) throw new Error("a block of the table");
      const version = ++block.sent;
      const errno = await client.write(
        index * BLOCK_BYTES,
        blockBytes(index, version),
        NBD_CMD_FLAG_FUA,
      );
      if (errno === null) return;
      expect(errno).toBe(0);
      block.acknowledged = version;
      onAck();
    }
  });
  await Promise.all(lanes);
}

/** Start, look, write, kill, over and over; how many writes were acknowledged. */
async function killed(seed: number, args: readonly string[], blocks: Block[]): Promise<number> {
  const random = new Random(seed);
  let acknowledged = 0;
  for (let kills = 0; kills < KILLS_EACH; kills++) {
    const swapd = await startSwapdProcess(args);
    const client = await NbdClient.connect(swapd.port);
    expect(await lossesIn(client, blocks), `seed ${seed}, before kill ${kills}`).toEqual([]);
    let acksLeft = random.below(100);
    let end: Promise<void> | null = null;
    await writeOn(client, blocks, random, () => {
      acknowledged++;
      if (acksLeft-- === 0) end = swapd.kill();
    });
    await end;
  }
  return acknowledged;
}

// Beside one another: most of the time each waits for a process to start.
test.concurrent.each(SEEDS)(
  `seed %i: ${KILLS_EACH} kills under writes with FUA lose nothing that was acknowledged`,
  async (seed) => {
    const size = `${BLOCKS * BLOCK_BYTES}B`;
    const args = ["--file", join(folder, `store-${seed}`), "--size", size, "--log-level", "error"];
    const blocks: Block[] = Array.from({ length: BLOCKS }, () => ({ sent: 0, acknowledged: 0 }));
    expect(await killed(seed, args, blocks)).toBeGreaterThan(KILLS_EACH);
    const swapd = await startSwapdProcess(args);
    const client = await NbdClient.connect(swapd.port);
    expect(await lossesIn(client, blocks)).toEqual([]);
    // The checker sees a loss when there is one.
    const written = blocks.findIndex((block) => block.acknowledged > 0);
    expect(await client.write(written * BLOCK_BYTES, new Uint8Array(BLOCK_BYTES))).toBe(0);
    expect(await lossesIn(client, blocks)).toHaveLength(1);
    await client.close();
    expect(await swapd.stop()).toBe(0);
  },
);
