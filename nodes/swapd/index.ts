// The door of the swap server on real sockets.

export { faultArgs } from "./control-command.ts";
export type { FaultOrder } from "./fault-desk.ts";
export type { Address } from "./server.ts";
export {
  type ExportSpec,
  type ScheduledFault,
  type Swapd,
  type SwapdSpec,
  startSwapd,
  type TlsSpec,
} from "./swapd.ts";
