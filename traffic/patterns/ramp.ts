// How a rate changes over time: pieces of constant rate, so that arrivals can be placed exactly, without square roots.
//
// A ramp of any length is cut into RAMP_PIECES; each has the rate at its middle, so the arrivals of the whole ramp are as
// many as those of the straight line.

/** Constant rate from `fromNs` until the next piece begins; the last one lasts for ever. */
export interface RatePiece {
  readonly fromNs: number;
  readonly perSec: number;
}

export interface RampStep {
  readonly toPerSec: number;
  readonly overNs: number;
}

const RAMP_PIECES = 100;

/** The pieces of a load that starts at `ratePerSec` and then follows `ramp`, in ns since the load's start. */
export function ratePieces(ratePerSec: number, ramp: readonly RampStep[]): RatePiece[] {
  const pieces: RatePiece[] = [];
  let fromNs = 0;
  let perSec = ratePerSec;
  for (const { toPerSec, overNs } of ramp) {
    for (let i = 0; i < RAMP_PIECES && overNs > 0; i++) {
      const share = (i + 0.5) / RAMP_PIECES;
      const at = fromNs + Math.floor((overNs * i) / RAMP_PIECES);
      pieces.push({ fromNs: at, perSec: perSec + (toPerSec - perSec) * share });
    }
    fromNs += overNs;
    perSec = toPerSec;
  }
  pieces.push({ fromNs, perSec });
  return pieces;
}
