// The door of the agent: what `unwedge node` starts.

export { ownAddress } from "./address.ts";
export { type Agent, type AgentOptions, startAgent } from "./agent.ts";
export type { PublishedPort } from "./relay.ts";
