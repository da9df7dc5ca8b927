// Pages without a browser: connections that take what the feed sends, as a page does, and note how late each frame was.
//
// Arguments: URL, how many. Answers "delays" with the delays in ms since it was last asked.

import { io, type Socket } from "socket.io-client";
import { FEED_NAMESPACE, FEED_PATH, FEED_VERSION, type FromFeed } from "#sim/index.ts";

const [url = "", count = "1"] = process.argv.slice(2);
let delaysMs: number[] = [];
const readers = Array.from({ length: Number(count) }, () => opened());
await Promise.all(readers.map((reader) => new Promise((done) => reader.once("snapshot", done))));
process.on("message", () => {
  process.send?.(delaysMs);
  delaysMs = [];
});
process.send?.("ready");

function opened(): Socket<FromFeed> {
  const reader: Socket<FromFeed> = io(url + FEED_NAMESPACE, {
    path: FEED_PATH,
    transports: ["websocket"],
    auth: { version: FEED_VERSION, epoch: null, n: 0, atNs: -1 },
    forceNew: true,
  });
  reader.on("frames", (frames) => {
    const nowMs = Date.now();
    for (const { useful } of frames) delaysMs.push(nowMs - useful);
  });
  return reader;
}
process.once("disconnect", () => {
  for (const reader of readers) reader.disconnect();
});
