// What is compared between the two engines. A scenario is added by its line.
//
// Of the quick ones, C is away for 4 s where the scenario has 15: long enough for the wedge (vanilla-short-outage says so). Where
// packets are tossed, A has clean pages to drop for the first 4.4 s (seeds 2007 to 2016), and a run that ends before proves nothing.
// The negative control of all is the flood while C stays.

export interface ParityCase {
  readonly scenario: string;
  readonly variant: string;
  /** `--set` of the command line. */
  readonly settings: readonly string[];
  /** Once in every build; the others only by `npm run parity:full`. */
  readonly isQuick: boolean;
}

/** At half of life's speed two busy cores were once late by more than the budget; at a quarter never. */
export const PARITY_SLOWDOWN = 4;

const whole = (variant: string): ParityCase => ({
  scenario: "zijlstra-wedge",
  variant,
  settings: [],
  isQuick: false,
});

const quick = (variant: string, ...settings: readonly string[]): ParityCase => ({
  ...whole(variant),
  settings,
  isQuick: true,
});

/** A connection that C's process loses, and who makes it again. */
const lost = (variant: string): ParityCase => ({
  ...quick(variant, "params.outage=4s"),
  scenario: "reconnect",
});

/** A row of the table that real kernels wrote. */
const oracle = (variant: string): ParityCase => ({ ...whole(variant), scenario: "oracle-abc" });

/** Alarm, orders and answers by UDP, a mirror and a switch by TCP: from the alarm to the end of the emergency. */
const failover = (variant: string): ParityCase => ({ ...whole(variant), scenario: "failover" });

export const PARITY_CASES: readonly ParityCase[] = [
  quick("vanilla-short-outage"),
  quick("swapnbd-v9", "params.outage=7s"),
  quick("min-free-20"),
  quick("vanilla-nbd", "params.outage=1s"),
  quick("vanilla-without-outage", "params.outage=1s"),
  lost("pageable"),
  lost("locked"),
  whole("vanilla-2007"),
  whole("vanilla-without-flood"),
  whole("vanilla-without-outage"),
  whole("swapnbd-v9"),
  whole("mainline-6.1-without-highatomic"),
  whole("mainline-6.1"),
  whole("min-free-20-long-outage"),
  whole("min-free-20-tcp-limit"),
  whole("vanilla-nbd"),
  whole("vanilla-nbd-without-flood"),
  whole("vanilla-nbd-min-free-20"),
  whole("phillips-2005"),
  whole("phillips-without-reserve"),
  whole("recursive-reclaim-2007"),
  whole("zijlstra-2007"),
  whole("zijlstra-without-receiving"),
  ...["swap-critical", "without-pool"].map(failover),
  // Of nomem-noflood the wedge is the same, but on sockets its proof is now and then only a livelock's.
  { ...oracle("base"), isQuick: true },
  ...["noflood", "tcpbig", "tcptiny", "drop15", "norx-noflood", "norx"].map(oracle),
  ...["notx-noflood", "nomem-noflood", "min20", "virtio"].map(oracle),
  ...["kill-netlink-noflood", "kill-netlink-mlock-noflood"].map(oracle),
  ...["relay-noflood", "relay-mlock-noflood"].map(oracle),
];
