// Which kernel's rules a machine follows. Every report names it.
//
// Three are enough to tell the five threads: 2.6.12 (before any protection), 3.x (as merged in 3.6, July 2012) and 6.1
// (today's long-term kernel, the one the real-kernel verdicts were read from). What differs stands beside each rule.

export const eras = ["2.6.12", "3.x", "6.1"] as const;
export type Era = (typeof eras)[number];
