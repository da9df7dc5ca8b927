// A page of bench/fleet-run.ts: takes the frames of the run as they come, and says when it is asked how old each machine in
// them was, in ms.
//
// Arguments: url of the coordinator, when time begins (ms since 1970).

import { io, type Socket } from "socket.io-client";
import { FEED_NAMESPACE, FEED_PATH, FEED_VERSION, type FromFeed } from "#sim/index.ts";

const [url = "", startMs = "0"] = process.argv.slice(2);
const delaysMs: number[] = [];
const page: Socket<FromFeed> = io(url + FEED_NAMESPACE, {
  path: FEED_PATH,
  transports: ["websocket"],
  auth: { version: FEED_VERSION, epoch: null, n: 0, atNs: -1 },
});
page.on("frames", (frames) => {
  const nowMs = Date.now() - Number(startMs);
  for (const { machines } of frames)
    for (const { latencyNs } of machines) delaysMs.push(nowMs - (latencyNs ?? 0) / 1e6);
});
page.once("snapshot", () => process.send?.("ready"));
process.on("message", () => process.send?.(delaysMs.splice(0)));
process.on("disconnect", () => page.disconnect());
