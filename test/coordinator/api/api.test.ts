// The API over real HTTP: what it answers.

import { readdirSync } from "node:fs";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { diagnosticText, openScenario } from "#coordinator/scenario/index.ts";
import { KEYS, runKey, samplesKey } from "#wire/keys.ts";
import { type Bench, bodyOf, openBench, until } from "../../support/coordinator.ts";

let bench: Bench;
let downs = 0;
beforeAll(async () => {
  bench = await openBench({ onDown: () => downs++ });
});
afterAll(() => bench.close());

let keys = 0;
const key = (): Record<string, string> => ({ "idempotency-key": `key-${keys++}` });
const fault = { name: "swap.stall", target: "C", lease: 10 };

async function started(): Promise<string> {
  const response = await bench.ask("POST", "/api/v1/runs", { scenario: "zijlstra-wedge" }, key());
  expect(response.status).toBe(202);
  const { id } = await bodyOf(response);
  await until(bench.coordinator, () => bench.coordinator.history.get(id)?.state === "ended");
  return id;
}

test("alive, ready, described", async () => {
  expect(await bodyOf(await bench.ask("GET", "/healthz"))).toEqual({ status: "ok" });
  expect((await bench.ask("GET", "/readyz")).status).toBe(200);
  const { openapi, paths } = await bodyOf(await bench.ask("GET", "/openapi.json"));
  expect(openapi).toMatch(/^3\./);
  for (const path of ["/api/v1/runs/{id}/events", "/api/v1/faults/{id}/lease", "/metrics"])
    expect(Object.keys(paths)).toContain(path);
  expect(paths["/api/v1/faults"].post.security).toEqual([{ token: [] }]);
});

test("scenarios with their variants, and the file itself", async () => {
  const { scenarios } = await bodyOf(await bench.ask("GET", "/api/v1/scenarios"));
  const main = scenarios.find(({ name }: { name: string }) => name === "zijlstra-wedge");
  expect(main.variants).toContain("vanilla-2007");
  expect(await (await bench.ask("GET", "/api/v1/scenarios/zijlstra-wedge")).text()).toContain(
    "id: zijlstra-wedge",
  );
});

test("a run from asking to its end, with its events in order, and in Redis", async () => {
  const id = await started();
  const { events } = await bodyOf(await bench.ask("GET", `/api/v1/runs/${id}/events`));
  expect(events.map(({ n, type }: { n: number; type: string }) => [n, type])).toEqual([
    [1, "queued"],
    [2, "started"],
    [3, "ended"],
  ]);
  const later = await bodyOf(await bench.ask("GET", `/api/v1/runs/${id}/events?after=2`));
  expect(later.events).toHaveLength(1);
  const { runs } = await bodyOf(await bench.ask("GET", "/api/v1/runs?limit=1"));
  expect(runs.map((run: { id: string; verdict: string }) => [run.id, run.verdict])).toEqual([
    [id, "recovers"],
  ]);
  const redis = new Redis(bench.redis.url);
  expect(JSON.parse((await redis.get(runKey(id))) ?? "null").verdict).toBe("recovers");
  expect(await redis.zscore(KEYS.runs.key, id)).not.toBeNull();
  redis.disconnect();
});

test("what was run is a scenario by itself, with its seed and its verdict", async () => {
  const id = await started();
  const response = await bench.ask("GET", `/api/v1/runs/${id}/scenario`);
  expect(response.headers.get("content-type")).toContain("application/yaml");
  const opened = openScenario(await response.text(), "session.yaml");
  if (!opened.ok) throw new Error(opened.diagnostics.map(diagnosticText).join("\n"));
  expect(opened.scenario.variants).toEqual([]);
  expect((await bench.ask("GET", "/api/v1/runs/nobody/scenario")).status).toBe(404);
});

test("the stream of a run ends with it, and resumes after a number", async () => {
  const id = await started();
  const all = await (await bench.ask("GET", `/api/v1/runs/${id}/stream`)).text();
  expect(all.match(/^id: \d+$/gm)).toEqual(["id: 1", "id: 2", "id: 3"]);
  const rest = await bench.ask("GET", `/api/v1/runs/${id}/stream`, undefined, {
    "last-event-id": "2",
  });
  expect((await rest.text()).match(/^id: \d+$/gm)).toEqual(["id: 3"]);
});

test("a fault is opened once for one key, renewed, healed; all are healed", async () => {
  const once = key();
  const first = await bench.ask("POST", "/api/v1/faults", fault, once);
  const again = await bench.ask("POST", "/api/v1/faults", fault, once);
  const opened = await bodyOf(first);
  expect([first.status, again.status]).toEqual([201, 201]);
  expect(await bodyOf(again)).toEqual(opened);
  const { faults } = await bodyOf(await bench.ask("GET", "/api/v1/faults"));
  expect(faults).toEqual([opened]);
  const renewed = await bench.ask("PUT", `/api/v1/faults/${opened.id}/lease`, { lease: 20 });
  expect((await bodyOf(renewed)).leaseUntilMs).toBe(20_000);
  expect((await bench.ask("DELETE", `/api/v1/faults/${opened.id}`)).status).toBe(204);
  expect((await bench.ask("DELETE", `/api/v1/faults/${opened.id}`)).status).toBe(404);
  await bench.ask("POST", "/api/v1/faults", fault, key());
  expect(await bodyOf(await bench.ask("POST", "/api/v1/heal"))).toEqual({ healed: 1 });
});

test("files under /proc say beside themselves that they are emulated", async () => {
  const response = await bench.ask("GET", "/api/v1/nodes/A/proc/pressure/memory");
  expect(response.headers.get("x-unwedge-emulated")).toBe("A");
  expect(await response.text()).toMatch(/^some avg10=/);
  expect((await bench.ask("GET", "/api/v1/nodes/A/dmesg?hungTaskTimeout=9")).status).toBe(200);
});

test("metrics of the fleet, and of a machine as node_exporter has them", async () => {
  const own = await (await bench.ask("GET", "/metrics")).text();
  expect(own).toMatch(/^unwedge_memory_pages\{node="A",state="free"\} \d+$/m);
  expect(own).toMatch(/^unwedge_service_requests_total\{.*service="svc",result="served"\} 7$/m);
  expect(own).toMatch(/^unwedge_net_dropped_packets_total\{node="A",reason="ring"\} 2$/m);
  // Not among what the node said: it is 0, and a card without a buffer is what a wedge looks like.
  expect(own).toMatch(/^unwedge_ring_filled\{node="A"\} 0$/m);
  expect(own).toMatch(/^unwedge_redis_up 1$/m);
  const kernel = await (await bench.ask("GET", "/metrics/kernel?node=A")).text();
  for (const name of [
    "node_memory_MemFree_bytes",
    "node_memory_Active_anon_bytes",
    "node_vmstat_pswpout",
    "node_netstat_TcpExt_PFMemallocDrop",
    "node_netstat_Tcp_RetransSegs",
    "node_sockstat_TCP_mem_bytes",
    "node_pressure_memory_stalled_seconds_total",
  ])
    expect(kernel).toMatch(new RegExp(`^${name}\\{node="A",emulated="true"\\} [\\d.e-]+$`, "m"));
});

test("what nodes said: the latest, those after an id, those of one node", async () => {
  const redis = new Redis(bench.redis.url);
  const ids = [];
  for (const [node, type] of [
    ["A", "one"],
    ["B", "two"],
    ["A", "three"],
  ])
    ids.push(
      await redis.xadd(KEYS.events.key, "*", "node", node ?? "", "event", JSON.stringify({ type })),
    );
  redis.disconnect();
  const said = async (query: string): Promise<unknown> => {
    const { events } = await bodyOf(await bench.ask("GET", `/api/v1/events?${query}`));
    return events.map(({ event }: { event: { type: string } }) => event.type);
  };
  expect(await said("limit=2")).toEqual(["two", "three"]);
  expect(await said("node=A")).toEqual(["one", "three"]);
  expect(await said(`after=${ids[0]}`)).toEqual(["two", "three"]);
  expect(await said(`after=${ids[0]}&node=A&limit=1`)).toEqual(["three"]);
});

test("what is over is forgotten, in Redis and on disk", async () => {
  const id = await started();
  const redis = new Redis(bench.redis.url);
  await redis.hset(KEYS.state.key, "A", "{}");
  await redis.xadd(samplesKey("A"), "*", "sample", "{}");
  const { removed, kept } = await bodyOf(await bench.ask("DELETE", "/api/v1/runs"));
  expect([removed > 0, kept]).toEqual([true, 0]);
  expect((await bench.ask("GET", `/api/v1/runs/${id}`)).status).toBe(404);
  const left = await redis.keys("unwedge:*");
  redis.disconnect();
  const forgotten = /^unwedge:(state|samples|events|run:|runs)/;
  expect(left.filter((name) => forgotten.test(name))).toEqual([]);
  expect(readdirSync(bench.folder)).toEqual([]);
});

test("asked to stop, it tells whoever started it", async () => {
  const response = await bench.ask("POST", "/api/v1/down");
  expect([response.status, downs]).toEqual([202, 1]);
});

test("the status page is plain, and what nodes are called cannot become markup", async () => {
  const response = await bench.ask("GET", "/status");
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  const page = await response.text();
  expect(page).toContain("<h2>Nodes</h2>");
  expect(page).not.toContain("<script");
});
