// `unwedge page`: the page on a port of this host. It runs the kernel in the browser, so all that is served is four files.

import { createServer, type ServerResponse } from "node:http";
import { EXIT, UnwedgeError } from "#base/error.ts";
import type { Io } from "./io.ts";
import { PAGE_FILES, pageFile } from "./page-files.ts";

const TYPES = { html: "text/html; charset=utf-8", css: "text/css", js: "text/javascript" } as const;

/** Nothing of another host, no inline script, in no frame of somebody else's. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export function page(port: number, io: Io): Promise<number> {
  const files = new Map(PAGE_FILES.map((name) => [`/${name}`, { name, text: pageFile(name) }]));
  const server = createServer(({ method, url = "/" }, response) => {
    const path = url.split("?")[0] === "/" ? "/index.html" : (url.split("?")[0] ?? "");
    const file = files.get(path);
    if (method !== "GET" && method !== "HEAD") return refuse(response, 405);
    if (file === undefined) return refuse(response, 404);
    response.writeHead(200, { ...headers(typeOf(file.name)) });
    response.end(method === "HEAD" ? "" : file.text);
  });
  return new Promise<number>((resolve, reject) => {
    server.once("error", (cause) =>
      reject(
        new UnwedgeError("unavailable", `port ${port} cannot be had: ${cause.message}`, { cause }),
      ),
    );
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      const bound = typeof address === "object" && address !== null ? address.port : port;
      io.out(`http://127.0.0.1:${bound}/  (Ctrl-C ends it)\n`);
    });
    io.onStop(() => {
      server.closeAllConnections();
      server.close(() => resolve(EXIT.ok));
    });
  });
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, headers("text/plain")).end();
}

const headers = (type: string): Record<string, string> => ({
  "content-type": type,
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "cache-control": "no-cache",
});

function typeOf(name: (typeof PAGE_FILES)[number]): string {
  if (name.endsWith(".html")) return TYPES.html;
  return name.endsWith(".css") ? TYPES.css : TYPES.js;
}
