import type { Fault } from "./fault.ts";

// Nobody listens: connections that are open go on, new ones get a reset.
export const swapRefuse: Fault = {
  name: "swap.refuse",
  summary: "The swap server takes no new connections.",
  target: "swap-server",
  args: {},
  effect: { on: "store", change: (state) => ({ ...state, refusing: true }) },
  receipt: { counter: "refusedConnections", means: "somebody tried to connect" },
};
