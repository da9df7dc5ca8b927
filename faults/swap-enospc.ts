import type { Fault } from "./fault.ts";

// A thin-provisioned store that has run full: what is there can be read, nothing can be changed.
export const swapEnospc: Fault = {
  name: "swap.enospc",
  summary: "The swap server answers every change with ENOSPC.",
  target: "swap-server",
  args: {},
  effect: { on: "store", change: (state) => ({ ...state, full: true }) },
  receipt: { counter: "failedRequests", means: "a change was answered with the error" },
};
