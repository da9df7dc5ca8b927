// What a flood has done, in one worker or in all of them.

import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from "hdr-histogram-js";

/** Longest latency that is told apart, in us: an hour, the longest flood. */
const LATENCY_US_MAX = 3_600_000_000;

export interface Counts {
  /** Requests, chunks or datagrams handed to the host in full. */
  sent: number;
  answered: number;
  /** Answers that were no success, connections that broke under a request, datagrams the host would not take. */
  failed: number;
  sentBytes: number;
  /** Connections that were made. */
  connected: number;
  /** Attempts to connect that failed, and connections that broke. */
  broken: number;
}

/** As a worker hands it over. */
export interface WorkerTally {
  readonly counts: Counts;
  /** Requests that were due and never answered; their age at the end is among the latencies. */
  readonly unanswered: number;
  /** Requests that came due. */
  readonly due: number;
  /** In us, from the instant a request was meant to go out; compressed as HdrHistogram does. */
  readonly latency: string;
  /** From the first request to the last moment anything was sent. */
  readonly activeMs: number;
}

export const noCounts = (): Counts => ({
  sent: 0,
  answered: 0,
  failed: 0,
  sentBytes: 0,
  connected: 0,
  broken: 0,
});

export const newLatency = (): Histogram =>
  build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LATENCY_US_MAX,
    numberOfSignificantValueDigits: 3,
  });

export const packed = (latency: Histogram): string => encodeIntoCompressedBase64(latency);

export function addLatency(latency: Histogram, ns: number): void {
  latency.recordValue(Math.min(LATENCY_US_MAX, Math.max(1, Math.round(ns / 1000))));
}

export interface FloodTally {
  readonly counts: Counts;
  readonly unanswered: number;
  readonly due: number;
  readonly activeMs: number;
  /** In us; null: nothing was answered or waited for. */
  readonly latencyUs: LatencySummary | null;
}

export interface LatencySummary {
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** All workers together. */
export function merged(parts: readonly WorkerTally[]): FloodTally {
  const latency = newLatency();
  const counts = noCounts();
  for (const part of parts) {
    addCounts(counts, part.counts);
    latency.add(decodeFromCompressedBase64(part.latency));
  }
  return {
    counts,
    unanswered: parts.reduce((sum, { unanswered }) => sum + unanswered, 0),
    due: parts.reduce((sum, { due }) => sum + due, 0),
    activeMs: Math.max(0, ...parts.map(({ activeMs }) => activeMs)),
    latencyUs: latency.totalCount === 0 ? null : summaryOf(latency),
  };
}

export function addCounts(sum: Counts, more: Counts): void {
  sum.sent += more.sent;
  sum.answered += more.answered;
  sum.failed += more.failed;
  sum.sentBytes += more.sentBytes;
  sum.connected += more.connected;
  sum.broken += more.broken;
}

const summaryOf = (latency: Histogram): LatencySummary => ({
  mean: Math.round(latency.mean),
  p50: latency.getValueAtPercentile(50),
  p90: latency.getValueAtPercentile(90),
  p99: latency.getValueAtPercentile(99),
  p999: latency.getValueAtPercentile(99.9),
  max: latency.maxValue,
});
