// The door of the engine that runs a scenario on real sockets.

export {
  type ForkedNode,
  forkNode,
  makeNodeCode,
  type NodeChannel,
} from "../../nodes/forked/index.ts";
export { LATE_BUDGET_NS } from "./lateness.ts";
export { REHEARSAL_MS } from "./rehearsal.ts";
export type { SampleRow } from "./sample-log.ts";
export { type ForeignHost, SocketsRun, type SocketsRunOptions } from "./sockets-run.ts";
