// The nodes of bench/fleet-run.ts in one process: a connection to the coordinator and one to Redis for each, and on each a
// machine that runs nothing and answers as a busy one does. What it costs here is not measured.
//
// Arguments: url of the coordinator, when time begins (ms since 1970), names of nodes. Environment: REDIS_URL, UNWEDGE_TOKEN.

import { serialize } from "node:v8";
import { io } from "socket.io-client";
import { AGENTS_PATH } from "#wire/control/agent.ts";
import type { Answer } from "#wire/control/command.ts";
import { decodeNumbered } from "#wire/control/decode.ts";
import { messageIn } from "../nodes/forked/index.ts";
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
    extraHeaders: { authorization: `Bearer ${process.env["UNWEDGE_TOKEN"] ?? ""}` },
    auth: { name: host, address, version: packageJson.version, instance: host, pid: process.pid },
    forceNew: true,
  });
  socket.on("start", (_: string, answer: (refusal: null) => void) => answer(null));
  socket.on("end", (_: string, done: () => void) => done());
  socket.on("order", (machine: string, carried: unknown) => {
    const order = decodeNumbered(messageIn(carried));
    if (order === null) return;
    const answer = answerTo(order.command.type, host, address);
    if (answer.type === "sample") publisher.sample(host, answer.sample);
    socket.emit("report", machine, serialize({ type: "answer", n: order.n, answer }));
  });
}

function answerTo(type: string, host: string, address: string): Answer {
  if (type === "prepare")
    return {
      type: "prepared",
      address: { host, address, isForeign: false, tcp: [], udp: [], signalPort: null },
    };
  if (type !== "sample") return { type: "done" };
  samples++;
  const atNs = Math.round((Date.now() - Number(startMs)) * 1e6);
  // The page is shown no time of a machine's own: when this was said is in the place of a latency.
  const shot = { ...sample.shot, latencyNs: atNs };
  return { type: "sample", sample: { ...sample, host, atNs, shot }, lateness: LATENESS };
}
