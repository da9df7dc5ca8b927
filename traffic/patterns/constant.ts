import type { Pattern } from "./pattern.ts";

// Every gap is the mean gap: what a load generator with a metronome sends.
export const constant: Pattern = {
  name: "constant",
  summary: "One request every mean gap, exactly.",
  gap: () => 1,
};
