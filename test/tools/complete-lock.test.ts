import { expect, test } from "vitest";
import { missingEntries, platformOf } from "#tools/complete-lock.mjs";

test.each([
  ["@swc/core-linux-x64-musl", { os: ["linux"], cpu: ["x64"], libc: ["musl"] }],
  ["@swc/core-linux-ppc64-gnu", { os: ["linux"], cpu: ["ppc64"], libc: ["glibc"] }],
  ["@biomejs/cli-darwin-arm64", { os: ["darwin"], cpu: ["arm64"] }],
  ["@swc/core-win32-ia32-msvc", { os: ["win32"], cpu: ["ia32"] }],
])("%s says where it runs", (name, platform) => {
  expect(platformOf(name)).toEqual(platform);
});

test("an optional package that npm left out is added as its owner wants it", () => {
  const owner = {
    dev: true,
    optionalDependencies: { "x-darwin-arm64": "1.2.3", fsevents: "~2.3.3" },
  };
  expect(missingEntries({ "node_modules/x": owner })).toEqual([
    [
      "node_modules/x-darwin-arm64",
      { version: "1.2.3", cpu: ["arm64"], dev: true, optional: true, os: ["darwin"] },
    ],
  ]);
});
