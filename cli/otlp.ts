// A run's page-outs as OpenTelemetry traces, one for each, sent to a collector over OTLP/HTTP as JSON.
//
// Spans: page-out, and in it queue (handed to the block layer, not sent), send (on the socket), answer (both ways of the wire
// and the server's store) and writeback. What was never answered is an error that ends with the run. The run ends now: a
// collector drops what is old. Ids are of the run's digest, so that a run sent twice is there once.
//
// OTEL_EXPORTER_OTLP_ENDPOINT, _HEADERS, _TIMEOUT, OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES are read by OpenTelemetry's SDK.

import {
  type Attributes,
  DiagLogLevel,
  diag,
  ROOT_CONTEXT,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { UnwedgeError } from "#base/error.ts";
import type { PageOut } from "#sim/index.ts";
import packageJson from "../package.json" with { type: "json" };

/** A few hundred KiB of JSON; collectors take some MiB. */
const SPANS_AT_ONCE = 512;
const PAGE_BYTES = 4096;

export interface TracedRun {
  readonly pageOuts: readonly PageOut[];
  readonly endNs: number;
  /** 16 hexadecimal digits. */
  readonly digest: string;
  /** Of the whole run: scenario, variant, seed, verdict. */
  readonly about: Attributes;
  /** Who can never move, where that is proven. */
  readonly knot: string | null;
}

export interface Sent {
  readonly traces: number;
  readonly spans: number;
  readonly open: number;
}

interface Collector {
  /** Base URL, or that of its traces; null: what the environment says, else this host's port 4318. */
  readonly url: string | null;
  /** When the run ended, in ms since 1970. */
  readonly endedMs: number;
  /** What the SDK has to say, a refused span for example. */
  readonly warn: (text: string) => void;
}

/** Throws UnwedgeError when the collector cannot be reached, or refuses. */
export async function sendTraces(run: TracedRun, to: Collector): Promise<Sent> {
  const warn = (...said: readonly unknown[]): void =>
    to.warn(said.map((each) => (typeof each === "string" ? each : JSON.stringify(each))).join(" "));
  const silent = (): void => undefined;
  diag.setLogger(
    { error: warn, warn, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const spans = spansOf(run, to.endedMs);
  const exporter = new OTLPTraceExporter(to.url === null ? {} : { url: tracesAt(to.url) });
  for (let at = 0; at < spans.length; at += SPANS_AT_ONCE)
    await sent(exporter, spans.slice(at, at + SPANS_AT_ONCE), to.url);
  await exporter.shutdown();
  diag.disable();
  const open = run.pageOuts.filter(({ doneNs }) => doneNs === null).length;
  return { traces: run.pageOuts.length, spans: spans.length, open };
}

function tracesAt(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol))
    throw new UnwedgeError("usage", `--otlp ${url}: give an http or https URL`);
  return parsed.pathname === "/" ? new URL("/v1/traces", parsed).href : parsed.href;
}

const sent = (exporter: OTLPTraceExporter, spans: ReadableSpan[], url: string | null) =>
  new Promise<void>((done, fail) => {
    exporter.export(spans, ({ code, error }) => {
      if (code === 0) return done();
      const where = url ?? "the collector of OTEL_EXPORTER_OTLP_ENDPOINT, or of port 4318 here";
      const why = error?.message ?? "no reason was given";
      fail(new UnwedgeError("unavailable", `${where} did not take the traces: ${why}`));
    });
  });

function spansOf(run: TracedRun, endedMs: number): ReadableSpan[] {
  const kept = new InMemorySpanExporter();
  let [traces, spans] = [0, 0];
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      ...{ "service.name": "unwedge", "service.version": packageJson.version },
      ...{ "unwedge.time": "virtual", "unwedge.digest": run.digest, ...run.about },
    }).merge(detectResources({ detectors: [envDetector] })),
    idGenerator: {
      generateTraceId: () => `${run.digest}${hexOf(++traces)}`,
      generateSpanId: () => hexOf(++spans),
    },
    spanProcessors: [new SimpleSpanProcessor(kept)],
  });
  const tracer = provider.getTracer("unwedge", packageJson.version);
  const wall = (atNs: number): number => endedMs + (atNs - run.endNs) / 1e6;
  for (const pageOut of run.pageOuts) tell(tracer, pageOut, { run, wall });
  return kept.getFinishedSpans();
}

const hexOf = (n: number): string => n.toString(16).padStart(16, "0");

interface Telling {
  readonly run: TracedRun;
  /** Ns of the run as ms since 1970. */
  readonly wall: (atNs: number) => number;
}

function tell(tracer: Tracer, pageOut: PageOut, { run, wall }: Telling): void {
  const { machine, server, firstSlot, pages, submittedNs, doneNs, errno, sendings } = pageOut;
  const root = tracer.startSpan(
    "page-out",
    {
      startTime: wall(submittedNs),
      root: true,
      attributes: {
        ...{ "unwedge.node": machine, "server.address": server, "unwedge.at_ns": submittedNs },
        ...{ "unwedge.slot": firstSlot, "unwedge.pages": pages, "unwedge.sendings": sendings },
        ...{ "unwedge.bytes": pages * PAGE_BYTES, "unwedge.errno": errno },
      },
    },
    ROOT_CONTEXT,
  );
  const context = trace.setSpan(ROOT_CONTEXT, root);
  for (const { name, fromNs, toNs } of stagesOf(pageOut)) {
    const options = { startTime: wall(fromNs), attributes: { "unwedge.node": machine } };
    tracer.startSpan(name, options, context).end(wall(toNs ?? run.endNs));
  }
  if (errno !== 0) root.setStatus({ code: SpanStatusCode.ERROR, message: `errno ${errno}` });
  else if (doneNs === null) {
    const message = run.knot ?? "not done when the run ended";
    root.setStatus({ code: SpanStatusCode.ERROR, message });
  }
  root.end(wall(doneNs ?? run.endNs));
}

/** One after the other; the last one is where it is, if it is not done. */
function stagesOf({ submittedNs, sendingNs, sentNs, repliedNs, doneNs }: PageOut) {
  const ends = [
    { name: "queue", toNs: sendingNs },
    { name: "send", toNs: sentNs },
    { name: "answer", toNs: repliedNs },
    { name: "writeback", toNs: doneNs },
  ];
  return ends.flatMap(({ name, toNs }, i) => {
    const fromNs = i === 0 ? submittedNs : (ends[i - 1]?.toNs ?? null);
    return fromNs === null ? [] : [{ name, fromNs, toNs }];
  });
}
