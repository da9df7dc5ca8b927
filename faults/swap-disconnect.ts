import type { Fault } from "./fault.ts";

// A connection that breaks under use: where a request would be answered, its connection is reset instead.
export const swapDisconnect: Fault = {
  name: "swap.disconnect",
  summary: "The swap server resets a connection in place of an answer.",
  target: "swap-server",
  args: {},
  effect: { on: "store", change: (state) => ({ ...state, dropping: true }) },
  receipt: { counter: "droppedConnections", means: "a connection with a request on it was reset" },
};
