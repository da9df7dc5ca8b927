// The door to a machine as a process of this host: who forks it, and how it is talked to.

export { type ForkedNode, forkNode, makeNodeCode } from "./forked-node.ts";
export type { NodeChannel } from "./node-channel.ts";
export { packetFrames } from "./packet-frames.ts";
