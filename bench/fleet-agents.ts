// The nodes of bench/fleet-run.ts in one process: a connection to the coordinator and one to Redis for each, and on each a
// machine that runs nothing and says at every beat of its clock what a busy one does. What it costs here is not measured.
//
// Arguments: url of the coordinator, when time begins (ms since 1970), names of nodes. Environment: REDIS_URL, UNWEDGE_TOKEN.

import { io } from "socket.io-client";
import { AGENTS_PATH } from "#wire/control/agent.ts";
import type { Answer, Command, Report } from "#wire/control/command.ts";
import { decodeNumbered } from "#wire/control/decode.ts";
import { type WrittenSample, wholeText, writtenSample } from "#wire/telemetry/written-sample.ts";
import { HostClock } from "../nodes/adapters/host-clock.ts";
import { packetFrames } from "../nodes/forked/index.ts";
import { openPublisher } from "../nodes/telemetry/publisher.ts";
import packageJson from "../package.json" with { type: "json" };
import { busySample } from "./busy-sample.ts";

const [url = "", startMs = "0", ...names] = process.argv.slice(2);
const sample = busySample();
const LATENESS = { wakes: 0, overBudget: 0, latestNs: 0, overBudgetNs: 0 };
for (const [i, name] of names.entries()) join(name, `127.1.0.${i + 1}`);
let samples = 0;
process.on("message", () => process.send?.(samples));
process.on("disconnect", () => process.exit(0));

function join(host: string, address: string): void {
  const { publisher } = openPublisher(process.env["REDIS_URL"] ?? "");
  const socket = io(url, {
    path: AGENTS_PATH,
    transports: ["websocket"],
    parser: packetFrames,
    extraHeaders: { authorization: `Bearer ${process.env["UNWEDGE_TOKEN"] ?? ""}` },
    auth: { name: host, address, version: packageJson.version, instance: host, pid: process.pid },
    forceNew: true,
  });
  socket.on("start", (_: string, answer: (refusal: null) => void) => answer(null));
  socket.on("end", (_: string, done: () => void) => done());
  socket.on("order", (machine: string, ordered: unknown) => {
    const order = decodeNumbered(ordered);
    if (order === null) return;
    const say = (report: Report) => socket.emit("report", machine, report);
    say({ type: "answer", n: order.n, answer: answerTo(order.command, host, address) });
    if (order.command.type !== "go") return;
    const onBeat = (): void => {
      const said = sampleOf(host);
      publisher.sample(host, wholeText(said));
      say({ type: "sample", sample: said });
    };
    new HostClock({ slowdown: 1, budgetNs: 0, beatNs: order.command.sampleEveryNs, onBeat });
  });
}

function answerTo({ type }: Command, host: string, address: string): Answer {
  if (type !== "prepare") return { type: "done" };
  return {
    type: "prepared",
    address: { host, address, isForeign: false, tcp: [], udp: [], signalPort: null },
  };
}

function sampleOf(host: string): WrittenSample {
  samples++;
  const atNs = Math.round((Date.now() - Number(startMs)) * 1e6);
  // The page is shown no time of a machine's own: when this was said is in the place of a latency.
  const shot = { ...sample.shot, latencyNs: atNs };
  return writtenSample({ ...sample, host, atNs, shot }, { atNs, lateness: LATENESS });
}
