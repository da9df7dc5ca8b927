import { expect, test } from "vitest";
import { Fabric } from "#sim/fabric.ts";

/** A and B with one stream from A (2) to B (1). */
function connected(): Fabric {
  const fabric = new Fabric(["A", "B"]);
  fabric.route("A", { type: "connect", stream: 2, peer: "B", port: 7 });
  return fabric;
}

const bytes = (count: number): Uint8Array => new Uint8Array(count);

test("a connection is told to both ends, to the one that is called first", () => {
  const deliveries = new Fabric(["A", "B"]).route("A", {
    type: "connect",
    stream: 2,
    peer: "B",
    port: 7,
  });
  expect(deliveries).toEqual([
    { host: "B", event: { type: "incoming", stream: 1, peer: "A", port: 7 } },
    { host: "A", event: { type: "connected", stream: 2 } },
  ]);
});

test("a host that is not there cannot be reached", () => {
  const deliveries = new Fabric(["A"]).route("A", {
    type: "connect",
    stream: 2,
    peer: "Z",
    port: 7,
  });
  expect(deliveries).toEqual([
    { host: "A", event: { type: "closed", stream: 2, errno: "EHOSTUNREACH" } },
  ]);
});

test("no byte arrives that was not granted, and the sender learns how far it got", () => {
  const fabric = connected();
  expect(fabric.route("A", { type: "send", stream: 2, bytes: bytes(100) })).toEqual([]);
  const deliveries = fabric.route("B", { type: "grant", stream: 1, countBytes: 60 });
  expect(deliveries).toEqual([
    { host: "B", event: { type: "received", stream: 1, bytes: bytes(60) } },
    { host: "A", event: { type: "sent", stream: 2, countBytes: 60 } },
  ]);
});

test("the end of a stream waits behind its last byte", () => {
  const fabric = connected();
  fabric.route("A", { type: "send", stream: 2, bytes: bytes(10) });
  expect(fabric.route("A", { type: "close", stream: 2, reset: false })).toEqual([]);
  const deliveries = fabric.route("B", { type: "grant", stream: 1, countBytes: 10 });
  expect(deliveries.map(({ event }) => event.type)).toEqual(["received", "sent", "closed"]);
});

test("a reset drops what waits and ends both directions", () => {
  const fabric = connected();
  fabric.route("A", { type: "send", stream: 2, bytes: bytes(10) });
  const deliveries = fabric.route("A", { type: "close", stream: 2, reset: true });
  expect(deliveries).toEqual([
    { host: "B", event: { type: "closed", stream: 1, errno: "ECONNRESET" } },
  ]);
  expect(fabric.route("B", { type: "send", stream: 1, bytes: bytes(1) })).toEqual([]);
});

test("a saved fabric hands on what was waiting", () => {
  const fabric = connected();
  fabric.route("A", { type: "send", stream: 2, bytes: bytes(5) });
  const copy = new Fabric(["A", "B"]);
  copy.load(fabric.save());
  const grant = { type: "grant", stream: 1, countBytes: 9 } as const;
  expect(copy.route("B", grant)).toEqual(fabric.route("B", grant));
});
