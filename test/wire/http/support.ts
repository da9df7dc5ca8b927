// What the tests of wire/http/ share: a stream read to its end, in pieces, as a list of short strings.

import { Random } from "#base/random.ts";
import type { HttpRequestEvent } from "#wire/http/request-reader.ts";
import { HttpRequestReader } from "#wire/http/request-reader.ts";
import type { HttpResponseEvent } from "#wire/http/response-reader.ts";
import { HttpResponseReader } from "#wire/http/response-reader.ts";
import { ascii, cut, textOf } from "../support.ts";

/** How a stream is cut. */
export interface Pieces {
  readonly seed: number;
  readonly pieceBytesMax: number;
}

const WHOLE: Pieces = { seed: 1, pieceBytesMax: 1_000_000 };

type Event = HttpRequestEvent | HttpResponseEvent;

/** The requests of `stream`; neighbouring pieces of body as one. */
export function requestsOf(stream: string, pieces: Pieces = WHOLE): string[] {
  const reader = new HttpRequestReader();
  return eventsOf(reader, stream, pieces).map(brief);
}

/** The responses of `stream` to requests with these methods, up to the end of the connection. */
export function responsesOf(
  stream: string,
  methods: readonly string[],
  pieces: Pieces = WHOLE,
): string[] {
  const reader = new HttpResponseReader();
  for (const method of methods) reader.sent(method);
  const events = eventsOf(reader, stream, pieces);
  const last = reader.close();
  return [...events, ...(last === null ? [] : [last])].map(brief);
}

/** The head of a stream that starts with one. */
export function headOf(
  stream: string,
): Exclude<HttpRequestEvent, { readonly type: "body" | "end" }> {
  const reader = new HttpRequestReader();
  reader.push(ascii(stream));
  const event = reader.next();
  if (event === null || event.type === "body" || event.type === "end") throw new Error("no head");
  return event;
}

interface Reader {
  push(bytes: Uint8Array): void;
  next(): Event | null;
}

function eventsOf(reader: Reader, stream: string, pieces: Pieces): Event[] {
  const events: Event[] = [];
  for (const piece of cut(ascii(stream), new Random(pieces.seed), pieces.pieceBytesMax)) {
    reader.push(piece);
    for (let event = reader.next(); event !== null; event = reader.next()) append(events, event);
  }
  return events;
}

function append(events: Event[], event: Event): void {
  const last = events.at(-1);
  if (event.type !== "body" || last?.type !== "body") {
    events.push(event);
    return;
  }
  events[events.length - 1] = { type: "body", bytes: Uint8Array.of(...last.bytes, ...event.bytes) };
}

function brief(event: Event): string {
  switch (event.type) {
    case "head":
    case "interim":
      return "method" in event
        ? `${event.method} ${event.target}`
        : `${event.type} ${event.status}`;
    case "body":
      return `body ${textOf(event.bytes)}`;
    case "end":
      return `end ${event.bodyBytes}`;
    case "fault":
      return `fault ${event.status}`;
  }
}
