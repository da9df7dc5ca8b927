// Our server as it is seldom started: read-only, with TLS, on a unix socket, from a file.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { MIB } from "#base/units.ts";
import { startSwapdProcess } from "../support/swapd.ts";
import { hasTool, runTool } from "../support/tools.ts";

const folder = mkdtempSync(join(tmpdir(), "unwedge-modes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function shell(code: string): Promise<string> {
  const { exit, out, err } = await runTool("nbdsh", ["-c", code]);
  expect(exit, out + err).toBe(0);
  return out;
}

describe.skipIf(!hasTool("nbdsh"))("nbdsh (skipped without python3-libnbd)", () => {
  test("a read-only export says so, reads, and refuses every change", async () => {
    const swapd = await startSwapdProcess(["--size", "1MiB", "--read-only"]);
    const code = `
h.set_strict_mode(0)
h.connect_uri("${swapd.uri}")
assert h.is_read_only() and not h.can_trim() and not h.can_zero()
assert h.pread(4096, 0) == bytes(4096)
for change in [lambda: h.pwrite(b"x", 0), lambda: h.trim(1, 0), lambda: h.zero(1, 0)]:
    try:
        change()
        assert False, "it was changed"
    except nbd.Error as e:
        assert e.errno == "EPERM", e.errno
print("done")
`;
    expect(await shell(code)).toBe("done\n");
    expect(await swapd.stop()).toBe(0);
  });

  test("a file holds what was written, and is the export's size", async () => {
    const file = join(folder, "store");
    const swapd = await startSwapdProcess(["--file", file, "--size", "8MiB"]);
    const code = `
h.connect_uri("${swapd.uri}")
h.pwrite(b"file" * 1024, 4096, nbd.CMD_FLAG_FUA)
h.zero(4 << 20, 4 << 20)
h.flush()
print(h.get_size())
`;
    expect(await shell(code)).toBe(`${8 * MIB}\n`);
    expect(await swapd.stop()).toBe(0);
    expect(statSync(file).size).toBe(8 * MIB);
    expect(readFileSync(file).subarray(4096, 8192).toString()).toBe("file".repeat(1024));
    const again = await startSwapdProcess(["--file", file]);
    expect(await shell(`h.connect_uri("${again.uri}"); print(h.pread(4, 8188))`)).toContain("file");
    expect(await again.stop()).toBe(0);
  });

  test("a file that is longer than the size asked for is left alone", async () => {
    const file = join(folder, "long");
    writeFileSync(file, Buffer.alloc(2 * MIB, 1));
    await expect(startSwapdProcess(["--file", file, "--size", "1MiB"])).rejects.toThrow("exit 64");
    expect(statSync(file).size).toBe(2 * MIB);
  });
});

describe.skipIf(!(hasTool("nbdsh") && hasTool("openssl")))(
  "TLS (skipped without python3-libnbd and openssl)",
  () => {
    test("is offered to those who ask, and required of everybody where it is", async () => {
      const [key, cert] = [join(folder, "key.pem"), join(folder, "ca-cert.pem")];
      const made = await runTool("openssl", [
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
        ...["-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost"],
        ...["-addext", "subjectAltName=DNS:localhost"],
      ]);
      expect(made.exit, made.err).toBe(0);
      const tls = ["--size", "64MiB", "--tls-cert", cert, "--tls-key", key];
      const offered = await startSwapdProcess(tls);
      const encrypted = `
def encrypted(port):
    t = nbd.NBD()
    t.set_tls(nbd.TLS_REQUIRE)
    t.set_tls_certificates("${folder}")
    t.connect_tcp("localhost", str(port))
    assert t.get_tls_negotiated()
    t.pwrite(b"secret" * 500000, 4097)
    assert t.pread(3000000, 4097) == b"secret" * 500000
    t.flush()
    return t.get_structured_replies_negotiated()
`;
      const plain = `h.connect_uri("${offered.uri}"); h.pwrite(b"x", 0)`;
      expect(await shell(`${encrypted}\nprint(encrypted(${offered.port}))\n${plain}`)).toBe(
        "True\n",
      );
      expect(await offered.stop()).toBe(0);
      const required = await startSwapdProcess([...tls, "--tls-required"]);
      expect(await shell(`${encrypted}\nprint(encrypted(${required.port}))`)).toBe("True\n");
      const refused = await runTool("nbdsh", ["-c", `h.connect_uri("${required.uri}")`]);
      expect(refused.exit).not.toBe(0);
      expect(await required.stop()).toBe(0);
    });
  },
);
