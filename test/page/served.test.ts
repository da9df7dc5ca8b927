// What `unwedge page` gives to whoever asks.

import { expect, test } from "vitest";
import { servePage } from "../support/page-server.ts";

test("nothing but its files is served, and only to be read", async () => {
  const server = await servePage();
  const statuses = await Promise.all([
    fetch(`${server.url}index.html`),
    fetch(`${server.url}..%2fpackage.json`),
    fetch(`${server.url}package.json`),
    fetch(server.url, { method: "POST" }),
  ]);
  expect(statuses.map(({ status }) => status)).toEqual([200, 404, 404, 405]);
  expect(statuses[0]?.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(await server.close()).toBe(0);
});
