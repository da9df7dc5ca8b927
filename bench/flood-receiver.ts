// Counts the bytes that arrive, on a thread of its own, into one buffer that is used again and again.

import { createServer } from "node:net";
import { parentPort } from "node:worker_threads";

let bytes = 0;
const server = createServer((socket) => {
  socket.on("data", (chunk) => {
    bytes += chunk.length;
  });
  socket.on("error", () => undefined);
});
server.listen({ port: 0, host: "127.0.0.1", backlog: 1024 }, () => {
  const address = server.address();
  if (address !== null && typeof address !== "string") parentPort?.postMessage(address.port);
});
parentPort?.on("message", () => parentPort?.postMessage(bytes));
