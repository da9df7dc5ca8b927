// The command as it is started where no port is wanted: on unix sockets, with faults that come by themselves.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import * as nbd from "#wire/nbd/constants.ts";
import { NbdClient } from "../../support/nbd-client.ts";
import { startSwapdProcess } from "../../support/swapd.ts";

const folder = mkdtempSync(join(tmpdir(), "unwedge-swapd-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a fault of a file strikes at its time, and not before; over a unix socket", async () => {
  const [path, faults] = [join(folder, "nbd.sock"), join(folder, "faults.json")];
  const soon = { at: "0 s", fault: "swap.eio", for: "1 h" };
  const late = { at: "1 h", fault: "swap.stall", for: "1 h" };
  writeFileSync(faults, JSON.stringify([soon, late]));
  const swapd = await startSwapdProcess([
    ...["--size", "1MiB", "--listen", `unix:${path}`, "--faults", faults],
  ]);
  const client = await NbdClient.connect(path);
  await readUntilFailed(client);
  await client.close();
  expect(await swapd.stop()).toBe(0);
  const injected = swapd.log.map((line) => JSON.parse(line)).filter((line) => line.injected);
  expect(injected).toMatchObject([
    { msg: "injected: swap.eio", id: "swap.eio-1", leaseMs: 3_600_000 },
  ]);
  expect(existsSync(path)).toBe(false);
});

/** Read until a read is not answered with data: with EIO, that is. */
async function readUntilFailed(client: NbdClient): Promise<void> {
  const answered: (number | undefined)[] = [nbd.NBD_SUCCESS];
  while (answered.at(-1) === nbd.NBD_SUCCESS)
    answered.push((await client.ask({ type: nbd.NBD_CMD_READ, lenBytes: 512 }))?.errno);
  expect(answered.at(-1)).toBe(nbd.NBD_EIO);
}
