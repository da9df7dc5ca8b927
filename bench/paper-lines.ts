// What the mail printed of Gorman's test, and a line of ours in the same words.

/** Variants of scenarios/gorman-4x.yaml, those of the mail first. */
export const VARIANTS = [
  "vanilla-slab",
  "swapnbd-slab",
  "vanilla-slub",
  "swapnbd-slub",
  "without-throttle",
  "vanilla-slub-order-0",
  "vanilla-slab-slow-server",
  "vanilla-slab-one-cpu",
] as const;

/** Seconds, as printed (swap-over-NBD V9, 16 Apr 2012); both kernels were built with SLAB. */
export const PAPER: Readonly<Record<string, string>> = {
  "vanilla-slab": "Sys 87.90, User+Sys 91.93, Elapsed 4174.37",
  "swapnbd-slab": "Sys 73.45, User+Sys 76.91, Elapsed 2953.96",
  "vanilla-slub": "locks up within minutes",
  "swapnbd-slub": "completes",
};
export const PAPER_RATIO = 4174.37 / 2953.96;

export interface PaperLine {
  readonly variant: string;
  readonly verdict: string;
  readonly status: string;
  /** Of the emulated machine, in seconds. */
  readonly sysS: number;
  readonly userSysS: number;
  readonly elapsedS: number;
  readonly pagesOut: number;
  readonly pagesIn: number;
  readonly throttled: number;
  /** Of the host. */
  readonly wallS: number;
  readonly cpuUsPerPage: number;
  readonly rssMiB: number;
  readonly events: number;
}

export function lineOf(line: PaperLine): string {
  const { variant, verdict, sysS, userSysS, elapsedS } = line;
  const ours = `Sys ${sysS.toFixed(2)}, User+Sys ${userSysS.toFixed(2)}, Elapsed ${elapsedS.toFixed(2)}`;
  const cost = `${line.wallS.toFixed(0)} s of the host, ${line.cpuUsPerPage.toFixed(1)} us CPU a page moved, ${line.rssMiB} MiB, ${line.events} events`;
  return [
    `${variant.padEnd(26)} ${verdict.padEnd(12)} ${ours}`,
    `  paper: ${PAPER[variant] ?? "not in it"}`,
    `  ${line.pagesOut} pages out, ${line.pagesIn} in, throttled ${line.throttled} times; ${cost}`,
  ].join("\n");
}

/** The two elapsed times that the paper compares, if both runs came to an end. */
export function ratioText(lines: readonly PaperLine[]): string {
  const of = (variant: string): PaperLine | undefined =>
    lines.find((line) => line.variant === variant);
  const [vanilla, patched] = [of("vanilla-slab"), of("swapnbd-slab")];
  const paper = `the paper's: ${PAPER_RATIO.toFixed(2)}`;
  if (vanilla?.verdict !== "completes" || patched?.verdict !== "completes")
    return `vanilla-slab / swapnbd-slab: no ratio, ${vanilla?.verdict ?? "not run"} / ${patched?.verdict ?? "not run"}; ${paper}`;
  return `vanilla-slab / swapnbd-slab: ${(vanilla.elapsedS / patched.elapsedS).toFixed(2)}; ${paper}`;
}
