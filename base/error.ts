// Errors of the shells, and what a command's exit status means.
//
// Emulated errors are values and programmer errors are assertions; an UnwedgeError is neither: something outside us was
// wrong or missing, and whoever started us is to be told once. The statuses follow sysexits.h where it has one, timeout(1)
// for 124, and the shells for 130 and 143.

export const EXIT = {
  /** Every expectation met; a wedge that was expected is one. */
  ok: 0,
  /** At least one expectation failed. */
  failed: 1,
  /** Vacuous, a fault left no trace, an anchor was never reached, or the host was overloaded. */
  inconclusive: 2,
  /** The same seed gave two runs, or two engines disagree. */
  nondeterministic: 3,
  /** Cannot be run here; the reason is printed. */
  skipped: 4,
  usage: 64,
  invalidScenario: 65,
  unavailable: 69,
  internal: 70,
  wallLimit: 124,
  interrupted: 130,
  terminated: 143,
} as const satisfies Record<string, number>;

export type ErrorCode = Exclude<keyof typeof EXIT, "ok">;

export class UnwedgeError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { readonly cause: unknown }) {
    super(message, options);
    this.name = "UnwedgeError";
    this.code = code;
  }

  /** What the process should exit with. */
  get exitCode(): number {
    return EXIT[this.code];
  }
}

const WORST_FIRST: readonly number[] = [
  EXIT.internal,
  EXIT.nondeterministic,
  EXIT.failed,
  EXIT.inconclusive,
  EXIT.skipped,
];

/** The exit code of several runs: the worst of theirs. A definite failure outranks a doubt. */
export function worstExit(codes: readonly number[]): number {
  return WORST_FIRST.find((code) => codes.includes(code)) ?? codes.find((code) => code !== 0) ?? 0;
}
