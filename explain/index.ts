// The door: what the state of a cluster proves, and how it is told.

export {
  type Certificate,
  certificateHasCycle,
  explain,
  machinesOf,
  machinesText,
  proofOf,
} from "./certificate.ts";
export { certificateDot } from "./dot.ts";
export type { OwnerRow } from "./owners.ts";
export { fingerprintOf } from "./recurrence.ts";
export type { Sentence } from "./tell.ts";
export { certificateText } from "./text.ts";
