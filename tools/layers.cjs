// Who may import whom: the one table. .dependency-cruiser.cjs enforces it, ARCHITECTURE.md prints it (`npm run book`).

/**
 * Folder → folders it may import. The rows down to `sim` are pure; those below are shells.
 * @type {Record<string, readonly string[]>}
 */
const may = {
  base: [],
  wire: ["base"],
  kernel: ["base", "wire"],
  faults: ["base", "kernel"],
  explain: ["base", "kernel"],
  ports: ["base", "wire", "kernel"],
  "traffic/patterns": ["base", "wire"],
  "coordinator/scenario": ["base", "kernel", "faults", "explain", "traffic/patterns"],
  sim: ["base", "wire", "kernel", "faults", "explain", "ports", "traffic/patterns", "coordinator/scenario"],
  nodes: ["base", "wire", "kernel", "faults", "explain", "ports", "traffic/patterns"],
  coordinator: ["base", "wire", "kernel", "faults", "explain", "ports", "sim", "coordinator/scenario"],
  traffic: ["base", "wire", "ports", "traffic/patterns"],
  cli: ["base", "wire", "kernel", "faults", "explain", "ports", "sim", "coordinator/scenario", "coordinator"],
  dashboard: ["base", "wire", "kernel", "faults", "explain", "ports", "sim", "coordinator/scenario"],
};

/**
 * Packages, each where it is at home. A pure folder has none, but for the one that reads what people write.
 * @type {Record<string, readonly string[]>}
 */
const packages = {
  "coordinator/scenario": ["yaml", "zod"],
  nodes: ["ioredis", "pino"],
  coordinator: ["bullmq", "ioredis", "pino", "piscina", "socket.io"],
  traffic: ["ioredis", "pino", "piscina"],
  cli: ["commander", "pino"],
  dashboard: ["socket.io-client", "uplot"],
};

/** The only folders that may touch the host. */
const shells = ["nodes", "coordinator", "traffic", "cli", "dashboard"];

/** A folder entered from outside is entered by its door, index.ts. Folders without one are open. */
const doors = ["kernel", "faults", "explain", "sim", "traffic/patterns", "coordinator/scenario", "coordinator"];

/** Files that every shell but the page may import besides. */
const common = ["package.json", "tools/source-flags.mjs"];

module.exports = { may, packages, shells, doors, common };
