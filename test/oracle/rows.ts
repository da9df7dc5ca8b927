// The rows of the table that real kernels wrote, and where each stands among the shipped scenarios.
//
// What a row expects of a run is written in its scenario: verdict, or verdicts, and dominant counters. Here is only what
// the real runs came to, in words, to be printed beside ours.

export interface OracleRow {
  readonly scenario: "oracle-abc" | "oracle-mel" | "driver-decides";
  readonly variant: string;
  /** What the real kernels did. */
  readonly real: string;
}

export const ROWS: readonly OracleRow[] = [
  { scenario: "oracle-abc", variant: "base", real: "recovered 4 of 4" },
  { scenario: "oracle-abc", variant: "noflood", real: "recovered" },
  { scenario: "oracle-abc", variant: "tcpbig", real: "recovered 1 of 3, wedged 2" },
  { scenario: "oracle-abc", variant: "tcptiny", real: "trickle, 0-12 pages/s" },
  { scenario: "oracle-abc", variant: "drop15", real: "trickle for 42 s, then at once" },
  { scenario: "oracle-abc", variant: "norx-noflood", real: "recovered" },
  { scenario: "oracle-abc", variant: "norx", real: "wedged" },
  { scenario: "oracle-abc", variant: "notx-noflood", real: "wedged" },
  { scenario: "oracle-abc", variant: "nomem-noflood", real: "wedged" },
  { scenario: "oracle-abc", variant: "min20", real: "recovered" },
  { scenario: "oracle-abc", variant: "virtio", real: "wedged 3 of 3" },
  { scenario: "oracle-abc", variant: "kill-netlink-noflood", real: "wedged" },
  { scenario: "oracle-abc", variant: "kill-netlink-mlock-noflood", real: "recovered" },
  { scenario: "oracle-abc", variant: "relay-noflood", real: "wedged in every setting" },
  { scenario: "oracle-abc", variant: "relay-mlock-noflood", real: "wedged in every setting" },
  { scenario: "oracle-mel", variant: "mel", real: "completes" },
  { scenario: "oracle-mel", variant: "mel-nomem", real: "wedged" },
  { scenario: "driver-decides", variant: "e1000-like", real: "wedged 2 of 2, free 148" },
  { scenario: "driver-decides", variant: "virtio-like", real: "wedged 2 of 2, free 151" },
  { scenario: "driver-decides", variant: "e1000e-like", real: "recovers 2 of 2" },
];
