// A run's page-outs at a collector of OpenTelemetry: a server on loopback that takes what the SDK sends.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sendTraces } from "#cli/otlp.ts";
import { main } from "#cli/program.ts";
import { PageOuts } from "#sim/index.ts";
import { OUTAGE, outageRun } from "../support/bundle-fixtures.ts";
import { FakeIo } from "../support/fake-io.ts";

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code: number; readonly message?: string };
}

/** SpanStatusCode.ERROR. */
const ERROR = 2;
/** In the midst of the outage. */
const OUTAGE_NS = 1_300_000_000;
const io = new FakeIo({ "outage.yaml": OUTAGE });
let bundle = "";
let answer = "{}";
let spans: Span[] = [];
let collector: Server;
let url = "";

beforeAll(async () => {
  await main(["run", "outage.yaml", "--variant", "vanilla-2007", "--quiet"], io);
  [bundle = ""] = io.written.keys();
  collector = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { resourceSpans } = JSON.parse(Buffer.concat(parts).toString("utf8"));
      for (const { scopeSpans } of resourceSpans)
        for (const scope of scopeSpans) spans.push(...scope.spans);
      response.writeHead(request.url === "/v1/traces" ? 200 : 404).end(answer);
    });
  });
  await new Promise<void>((listening) => collector.listen(0, "127.0.0.1", listening));
  url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
});
afterAll(() => {
  collector.close();
});

async function exported(to: string) {
  spans = [];
  io.stdout = "";
  io.stderr = "";
  const code = await main(["export", bundle, "--otlp", to], io);
  return { code, said: io.stdout, complained: io.stderr };
}

/** Of the bundle's run, up to an instant or to its end. */
function pageOutsOf(untilNs = Number.POSITIVE_INFINITY) {
  const run = outageRun({ afterEach: (machine) => lens.look(machine) });
  const lens = new PageOuts(run.world.machines);
  if (untilNs === Number.POSITIVE_INFINITY) run.finish();
  else run.runTo(untilNs);
  const all = lens.all();
  lens.close();
  return { all, pswpout: run.world.machine("A").memory.parts.vmstat.counts.pswpout };
}

const rootsOf = (all: readonly Span[]): Span[] =>
  all.filter(({ parentSpanId }) => parentSpanId === undefined);

test("every page that was handed to the swap device is in one page-out", () => {
  const { all, pswpout } = pageOutsOf();
  expect(pswpout).toBeGreaterThan(100);
  expect(all.reduce((sum, { pages }) => sum + pages, 0)).toBe(pswpout);
});

test("each page-out arrives as a trace, its stages one after the other", async () => {
  const { all } = pageOutsOf();
  const { code, said } = await exported(url);
  expect(code).toBe(0);
  expect(said).toBe(`${all.length} traces of page-outs, ${spans.length} spans; 0 never ended\n`);
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(all.length);
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
  const roots = rootsOf(spans);
  expect(roots).toHaveLength(all.length);
  expect(roots.filter(({ status }) => status.code === ERROR)).toEqual([]);
  const [first] = roots;
  const stages = spans.filter(({ parentSpanId }) => parentSpanId === first?.spanId);
  expect(stages.map(({ name }) => name)).toEqual(["queue", "send", "answer", "writeback"]);
  expect(stages[0]?.startTimeUnixNano).toBe(first?.startTimeUnixNano);
  expect(stages.at(-1)?.endTimeUnixNano).toBe(first?.endTimeUnixNano);
  for (const [i, { startTimeUnixNano }] of stages.entries())
    if (i > 0) expect(startTimeUnixNano).toBe(stages[i - 1]?.endTimeUnixNano);
});

test("what is open when a run ends is an error, in the stage in which it is, and says who cannot move", async () => {
  spans = [];
  const { all } = pageOutsOf(OUTAGE_NS);
  const open = all.filter(({ doneNs }) => doneNs === null);
  expect(open.length).toBeGreaterThan(0);
  const knot = "A's card → C's answers";
  const ended = { endNs: OUTAGE_NS, digest: "0123456789abcdef", about: {}, knot };
  const warn = (text: string): never => expect.fail(text);
  const sent = await sendTraces({ pageOuts: all, ...ended }, { url, endedMs: 0, warn });
  expect(sent).toEqual({ traces: all.length, spans: spans.length, open: open.length });
  const failed = rootsOf(spans).filter(({ status }) => status.code === ERROR);
  expect(failed.map(({ status }) => status.message)).toEqual(open.map(() => knot));
  const stages = spans.filter(({ parentSpanId }) => parentSpanId === failed[0]?.spanId);
  expect(stages.at(-1)?.name).toBe("answer");
});

test("a run that is sent twice has the same ids", async () => {
  await exported(url);
  const ids = spans.map(({ traceId, spanId }) => traceId + spanId);
  await exported(`${url}/v1/traces`);
  expect(spans.map(({ traceId, spanId }) => traceId + spanId)).toEqual(ids);
});

test("spans that the collector refuses are told", async () => {
  answer = JSON.stringify({ partialSuccess: { rejectedSpans: 3, errorMessage: "too old" } });
  const { complained } = await exported(url);
  answer = "{}";
  expect(complained).toContain("too old");
});

test.each([
  ["a collector that is not there", "http://127.0.0.1:9", 69, "http://127.0.0.1:9 did not take"],
  ["what is no URL", "jaeger", 64, "give an http or https URL"],
])("%s gives an error", async (_what, to, exit, text) => {
  const { code, complained } = await exported(to);
  expect([code, complained]).toEqual([exit, expect.stringContaining(text)]);
});
