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
  balloonUnder,
  type Direction,
  type FaultTarget,
  hogsUnder,
  isOffUnder,
  isPausedUnder,
  linkUnder,
  type OpenFault,
  rateUnder,
  storeUnder,
  strikesLink,
  targetText,
} from "./judge.ts";
export { LEASE_NS_MAX, type Lease, LeaseBook } from "./lease.ts";
export { Standing, type StandingState, type Told } from "./standing.ts";
