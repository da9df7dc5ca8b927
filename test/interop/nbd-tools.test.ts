// Debian's NBD tools against our server: whatever they are content with, a kernel will be.

import { createCipheriv, createHash } from "node:crypto";
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MIB } from "#base/units.ts";
import { type RunningSwapd, startSwapdProcess } from "../support/swapd.ts";
import { hasFioNbd, hasTool, runTool } from "../support/tools.ts";

/** To start a process, and to end it. */
const HOOK_MS = 60_000;

let swapd: RunningSwapd;
const folder = mkdtempSync(join(tmpdir(), "unwedge-interop-"));

beforeAll(async () => {
  swapd = await startSwapdProcess(["--size", "256MiB", "--export", "swap", "--export", "other"]);
}, HOOK_MS);
afterAll(async () => {
  expect(await swapd.stop()).toBe(0);
  rmSync(folder, { recursive: true, force: true });
}, HOOK_MS);

/** Bytes that no store could invent, the same each time. */
function noise(lenBytes: number): Buffer {
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16, 7), Buffer.alloc(16));
  return cipher.update(Buffer.alloc(lenBytes));
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece);
  return hash.digest("hex");
}

async function succeeds(command: string, args: readonly string[]): Promise<string> {
  const { exit, out, err } = await runTool(command, args);
  expect(exit, `${command} ${args.join(" ")}\n${out}${err}`).toBe(0);
  return out;
}

describe.skipIf(!hasTool("nbdinfo"))("libnbd (skipped without libnbd-bin)", () => {
  test("nbdinfo sees every export and all that it can do", async () => {
    const { exports } = JSON.parse(await succeeds("nbdinfo", ["--json", "--list", swapd.uri]));
    expect(exports).toHaveLength(2);
    expect(exports[0]).toMatchObject({
      "export-name": "swap",
      "export-size": 256 * MIB,
      contexts: ["base:allocation"],
      is_read_only: false,
      can_cache: true,
      can_df: true,
      can_flush: true,
      can_fua: true,
      can_multi_conn: true,
      can_trim: true,
      can_zero: true,
      block_size_minimum: 1,
      block_size_preferred: 4096,
      block_size_maximum: 32 * MIB,
    });
    expect(exports[1]["export-name"]).toBe("other");
  });

  test("nbdcopy brings 256 MiB in and out again, over several connections, by their hash", async () => {
    const [source, copy] = [join(folder, "source"), join(folder, "copy")];
    writeFileSync(source, noise(256 * MIB));
    await succeeds("nbdcopy", ["--connections=4", source, swapd.uri]);
    await succeeds("nbdcopy", ["--connections=4", swapd.uri, copy]);
    expect(await hashOf(copy)).toBe(await hashOf(source));
    // A checker that cannot fail checks nothing: the other export was never written.
    await succeeds("nbdcopy", [`${swapd.uri}other`, copy]);
    expect(await hashOf(copy)).not.toBe(await hashOf(source));
  });
});

describe.skipIf(!hasTool("qemu-img"))("QEMU (skipped without qemu-utils)", () => {
  test("qemu-img converts an image to the server, and finds both equal", async () => {
    const source = join(folder, "qemu");
    writeFileSync(source, noise(8 * MIB));
    await succeeds("qemu-img", ["resize", "-f", "raw", source, "256M"]);
    const raw = ["-f", "raw", "-O", "raw"];
    await succeeds("qemu-img", ["convert", "-n", ...raw, source, `${swapd.uri}other`]);
    await succeeds("qemu-img", ["compare", "-f", "raw", "-F", "raw", source, `${swapd.uri}other`]);
    const map = JSON.parse(
      await succeeds("qemu-img", ["map", "--output=json", `${swapd.uri}other`]),
    );
    expect(map[0]).toMatchObject({ start: 0, length: 8 * MIB, data: true });
  });

  test("qemu-io reads back patterns, zeroes and what was discarded", async () => {
    const commands = [
      "write -P 0x5a 12345 65536",
      "read -P 0x5a 12345 65536",
      "write -f -P 0xa5 1M 4096",
      "write -z 1M 2048",
      "read -P 0 1M 2048",
      "read -P 0xa5 1050624 2048",
      "discard 0 1M",
      "read -P 0 0 1M",
      "flush",
    ].flatMap((command) => ["-c", command]);
    const out = await succeeds("qemu-io", ["-f", "raw", ...commands, `${swapd.uri}other`]);
    expect(out).not.toMatch(/failed|error/i);
  });
});

test.skipIf(!hasFioNbd())(
  "fio finds every block as it wrote it, 4 jobs at depth 32, crc32c (skipped without fio)",
  async () => {
    const out = await succeeds("fio", [
      ...["--name=verify", "--ioengine=nbd", `--uri=${swapd.uri}`, "--rw=randwrite", "--bs=4k"],
      ...[
        "--size=16m",
        "--offset_increment=16m",
        "--numjobs=4",
        "--iodepth=32",
        "--group_reporting",
      ],
      ...[
        "--verify=crc32c",
        "--verify_state_save=0",
        "--do_verify=1",
        "--verify_fatal=1",
        "--output-format=json",
      ],
    ]);
    const [job] = JSON.parse(out.slice(out.indexOf("{"))).jobs;
    expect(job.error).toBe(0);
    expect(job.write.total_ios).toBe((4 * 16 * MIB) / 4096);
    expect(job.read.total_ios).toBeGreaterThan(0);
  },
);

test.skipIf(!hasTool("nbd-client"))(
  "nbd-client lists the exports (skipped without nbd-client)",
  async () => {
    const out = await succeeds("nbd-client", ["-l", "127.0.0.1", String(swapd.port)]);
    expect(out).toMatch(/^swap$/m);
    expect(out).toMatch(/^other$/m);
  },
);

describe.skipIf(!hasTool("nbdsh"))("nbdsh (skipped without python3-libnbd)", () => {
  const shell = async (code: string): Promise<string> => succeeds("nbdsh", ["-c", code]);
  const connect = (uri = swapd.uri): string => `h.connect_uri("${uri}")`;

  test("errors are those of the specification", async () => {
    const code = `
import errno
h.set_strict_mode(0)
${connect()}
size = h.get_size()
def fails(code, call):
    try:
        call()
    except nbd.Error as e:
        assert e.errno == code, (e.errno, code)
    else:
        assert False, "succeeded"
fails("EINVAL", lambda: h.pread(2, size - 1))
fails("EINVAL", lambda: h.pread(512, size))
fails("ENOSPC", lambda: h.pwrite(b"xx", size - 1))
fails("ENOSPC", lambda: h.zero(2, size - 1))
fails("EINVAL", lambda: h.trim(2, size - 1))
fails("EINVAL", lambda: h.cache(2, size - 1))
fails("EINVAL", lambda: h.pread(512, 1 << 62))
fails("EINVAL", lambda: h.pwrite(b"x", 0, 1 << 4))
h.pwrite(b"ok", size - 2, nbd.CMD_FLAG_FUA)
assert h.pread(2, size - 2) == b"ok"
assert h.pread(2, size - 2, nbd.CMD_FLAG_DF) == b"ok"
print("done")
`;
    expect(await shell(code)).toBe("done\n");
  });

  test.each([
    ["a simple session", "h.set_request_structured_replies(False)", "False"],
    ["a structured session", "h.set_request_structured_replies(True)", "True"],
  ])("%s writes, zeroes, trims, flushes and reads", async (_name, setup, negotiated) => {
    const code = `
${setup}
${connect()}
h.pwrite(b"abc" * 100000, 1000001)
assert h.pread(300000, 1000001) == b"abc" * 100000
h.zero(5000, 1000001, nbd.CMD_FLAG_NO_HOLE)
assert h.pread(5001, 1000001) == bytes(5000) + b"c"
h.trim(1 << 20, 1 << 20)
h.flush()
h.cache(4096, 0)
print(h.get_structured_replies_negotiated())
`;
    expect(await shell(code)).toBe(`${negotiated}\n`);
  });

  test("block status tells data from holes, and one extent where one is asked for", async () => {
    const code = `
h.add_meta_context(nbd.CONTEXT_BASE_ALLOCATION)
${connect(`nbd://127.0.0.1:0/`)}
`.replace("nbd://127.0.0.1:0/", swapd.uri);
    const ask = `
h.trim(8 << 20, 64 << 20)
h.pwrite(b"x", (66 << 20) + 5)
seen = []
h.block_status(8 << 20, 64 << 20, lambda name, at, entries, error: seen.append((name, at, list(entries))) or 0)
one = []
h.block_status(8 << 20, 64 << 20, lambda name, at, entries, error: one.append(list(entries)) or 0, nbd.CMD_FLAG_REQ_ONE)
print(seen, one)
`;
    const MiB = 1 << 20;
    expect(await shell(code + ask)).toBe(
      `[('base:allocation', ${64 * MiB}, [${2 * MiB}, 3, ${MiB}, 0, ${5 * MiB}, 3])] [[${2 * MiB}, 3]]\n`,
    );
  });

  test("options one by one: list, info, unknown names, abort", async () => {
    const code = `
h.set_opt_mode(True)
${connect()}
names = []
h.opt_list(lambda name, about: names.append(name) or 0)
assert names == ["swap", "other"], names
h.set_export_name("nope")
try:
    h.opt_info()
    assert False, "there is no such export"
except nbd.Error as e:
    assert e.errno == "ENOENT", e.errno
h.set_export_name("other")
h.opt_info()
contexts = []
h.opt_list_meta_context(lambda name: contexts.append(name) or 0)
assert contexts == ["base:allocation"], contexts
h.opt_go()
h.pwrite(b"go", 0)
assert h.pread(2, 0) == b"go"
h.shutdown()
g = nbd.NBD()
g.set_opt_mode(True)
g.connect_uri("${"URI"}")
g.opt_abort()
print("done")
`.replace("URI", swapd.uri);
    expect(await shell(code)).toBe("done\n");
  });

  test("what one connection flushes, another one reads", async () => {
    const code = `
${connect()}
others = [nbd.NBD() for _ in range(8)]
for i, other in enumerate(others):
    other.connect_uri("${"URI"}")
    other.pwrite(bytes([i + 1]) * 4096, i * 4096)
h.flush()
assert h.can_multi_conn()
assert h.pread(8 * 4096, 0) == b"".join(bytes([i + 1]) * 4096 for i in range(8))
print("done")
`.replace("URI", swapd.uri);
    expect(await shell(code)).toBe("done\n");
  });
});
