// Who may import whom: the one table. .dependency-cruiser.cjs enforces it, ARCHITECTURE.md prints it (`npm run book`).

/**
 * Folder → folders it may import. The rows down to `sim` are pure; those below are shells.
 * @type {Record<string, readonly string[]>}
 */
const may = {
  base: [],
  wire: ["base"],
  kernel: ["base", "wire"],
  "wire/control": ["base", "wire", "kernel"],
  faults: ["base", "kernel"],
  explain: ["base", "kernel"],
  "traffic/patterns": ["base", "wire"],
  ports: ["base", "wire", "kernel", "traffic/patterns"],
  "coordinator/scenario": ["base", "kernel", "faults", "explain", "traffic/patterns"],
  "coordinator/scenario/script": ["coordinator/scenario"],
  sim: ["base", "wire", "kernel", "faults", "explain", "ports", "traffic/patterns", "coordinator/scenario"],
  "dashboard/model": ["base", "kernel", "faults", "explain", "sim", "coordinator/scenario"],
  nodes: ["base", "wire", "kernel", "faults", "explain", "ports", "traffic/patterns"],
  "nodes/forked": ["wire"],
  "nodes/telemetry": ["wire"],
  "nodes/agent": ["base", "wire", "nodes/forked", "nodes/telemetry"],
  "nodes/swapd": ["base", "wire", "kernel", "faults"],
  "coordinator/study": ["base", "kernel", "faults", "explain", "sim", "traffic/patterns", "coordinator/scenario"],
  "coordinator/engine": ["base", "wire", "kernel", "faults", "explain", "ports", "sim", "coordinator/scenario", "nodes/forked"],
  coordinator: ["base", "wire", "kernel", "faults", "explain", "ports", "sim", "coordinator/scenario", "coordinator/study", "coordinator/engine", "nodes/forked", "nodes/telemetry"],
  traffic: ["base", "wire", "traffic/patterns"],
  cli: ["base", "wire", "kernel", "faults", "explain", "ports", "sim", "traffic", "coordinator/scenario", "coordinator/study", "coordinator/engine", "coordinator", "nodes/agent", "nodes/swapd"],
  api: ["base", "sim", "coordinator/scenario", "coordinator/scenario/script", "cli"],
  dashboard: ["base", "wire", "kernel", "faults", "explain", "ports", "sim", "coordinator/scenario", "dashboard/model"],
};

/**
 * Packages, each where it is at home. A pure folder has none, but for the one that reads what people write.
 * @type {Record<string, readonly string[]>}
 */
const packages = {
  "coordinator/scenario": ["yaml", "zod"],
  nodes: ["pino"],
  "nodes/telemetry": ["ioredis"],
  "nodes/agent": ["ioredis", "pino", "socket.io-client"],
  "nodes/swapd": ["pino"],
  "coordinator/study": ["piscina"],
  coordinator: [
    "@fastify/static",
    "@fastify/swagger",
    "bullmq",
    "fastify",
    "ioredis",
    "js-redis-server",
    "pino",
    "pino-pretty",
    "piscina",
    "prom-client",
    "socket.io",
    "zod",
  ],
  traffic: ["hdr-histogram-js", "ioredis", "pino", "piscina"],
  cli: [
    "@opentelemetry/api",
    "@opentelemetry/exporter-trace-otlp-http",
    "@opentelemetry/resources",
    "@opentelemetry/sdk-trace-base",
    "@jitl/quickjs-wasmfile-release-sync",
    "@swc/wasm-typescript",
    "commander",
    "pino",
    "pino-pretty",
    "quickjs-emscripten-core",
    "socket.io-client",
  ],
  dashboard: ["socket.io-client", "uplot"],
};

/** The only folders that may touch the host. */
const shells = ["nodes", "nodes/forked", "nodes/telemetry", "nodes/agent", "nodes/swapd", "coordinator", "coordinator/study", "coordinator/engine", "traffic", "cli", "api", "dashboard"];

/** A folder entered from outside is entered by its door, index.ts. Folders without one are open. */
const doors = ["kernel", "faults", "explain", "sim", "traffic", "traffic/patterns", "coordinator/scenario", "coordinator/scenario/script", "coordinator/study", "coordinator/engine", "coordinator", "nodes/forked", "nodes/agent", "nodes/swapd"];

/** Files that every shell but the page may import besides. */
const common = ["package.json", "tools/compiled.mjs", "tools/source-flags.mjs"];

module.exports = { may, packages, shells, doors, common };
