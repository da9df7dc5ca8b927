// Colours of a terminal, or none. Whatever is said in colour is also said in words or shapes.

const CODES = {
  bold: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  magenta: 35,
  cyan: 36,
} as const;

export type Ink = keyof typeof CODES;
/** Text in an ink. Measure and cut text before it is painted. */
export type Paint = (text: string, ink: Ink) => string;

export const painter =
  (hasColour: boolean): Paint =>
  (text, ink) =>
    hasColour && text !== "" ? `\u001B[${CODES[ink]}m${text}\u001B[0m` : text;
