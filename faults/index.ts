// The door of the faults.

export { type FaultName, faults, isFaultName } from "./catalogue.ts";
export {
  type ArgSpec,
  type Fault,
  type FaultArgs,
  type FaultEffect,
  RECEIPT_COUNTERS,
  type Receipt,
  type ReceiptCounter,
  type TargetKind,
} from "./fault.ts";
export {
  type Direction,
  type FaultTarget,
  isPausedUnder,
  linkUnder,
  type OpenFault,
  storeUnder,
  targetText,
} from "./judge.ts";
