// scenarios/zijlstra-wedge.yaml as a script, with those of its variants that make the argument. Why each number is what it
// is stands there.

import {
  always,
  Gbit,
  KiB,
  link,
  MiB,
  ms,
  never,
  oomKills,
  pages,
  perSec,
  rate,
  s,
  scenario,
  sometimes,
  threshold,
  us,
  verdict,
  waitsFor,
} from "unwedge";

export default scenario(
  "zijlstra-wedge",
  {
    title: "Three machines: B floods A while A's swap server C is away",
    seed: 2007,
    runs: 20,
    engine: { default: "virtual", allow: ["virtual", "sockets", "kernel"], maxTime: "10 min" },
  },
  (w) => {
    const flood = w.param("flood", perSec(250));
    const outage = w.param("outage", s(15));
    const sendsOnly = w.policy("zijlstra-sends-only", {
      extends: "zijlstra-2007",
      receive: "plain-atomic",
    });
    const A = w.machine("A", {
      policy: "vanilla-2007",
      memory: { ram: MiB(64), kernel: MiB(6), reserve: "auto" },
      net: { driver: "e1000e-like", rcvbuf: KiB(256), tcpMem: pages(12288) },
      swap: [{ server: "C", size: MiB(256) }],
      run: {
        hog: {
          kind: "anon",
          count: 4,
          size: MiB(48),
          pattern: "linear",
          populate: "write",
          access: "write",
          touch: perSec(8000),
        },
        svc: {
          kind: "service",
          port: 7000,
          workingSet: MiB(48),
          workers: 16,
          perRequest: { touch: pages(2), cpu: us(50) },
        },
      },
    });
    const svc = A.service("svc");
    const B = w.client("B");
    const C = w.swapServer("C", { store: { latency: us(100), queue: 128 } });
    w.link(link(A, C), { latency: us(100), bandwidth: Gbit(1) });
    w.link(link(B, A), { latency: us(100), bandwidth: Gbit(1) });
    w.traffic("flood", {
      from: B,
      to: svc,
      connections: 200,
      payload: KiB(4),
      load: { model: "open", rate: flood },
    });
    const wedges = verdict("wedged", { settle: s(60) }).after("healed");
    return {
      *script(t) {
        t.phase("warm-up");
        yield* t.sleep(ms(1500));
        t.phase("steady");
        yield* t.at(ms(2500));
        t.phase("outage");
        const away = yield* t.fault(C, "swap.stall", { id: "c-away", for: outage });
        yield* away.healed();
        t.phase("after");
        t.mark("healed");
      },
      checks: {
        "keeps-up": threshold(rate(svc.requests).atLeast(perSec(200))).during("steady"),
        "out-of-reach": always(A.tcp.mem.below(A.tcp.mem_max)),
        "pressure-was-real": sometimes(A.mem.free.atMost(A.mem.min)).during("outage"),
        "swap-was-busy": sometimes(A.swap.inflight.atLeast(1)).during("outage"),
        accounting: always(A.mem.free.plus(A.mem.used).equals(A.mem.total)),
        "no-oom": never(oomKills().above(0)),
        "comes-back": verdict("recovers", { settle: s(60) }).after("healed"),
      },
      variants: {
        "vanilla-2007": {
          checks: {
            "comes-back": wedges,
            circle: waitsFor(
              "A's card",
              "packets for A/svc",
              "A/svc",
              "swap-in",
              "C's answers",
            ).infoOnly(),
          },
        },
        "vanilla-without-flood": {
          set: { "params.flood": perSec(0) },
          checks: {
            "keeps-up": always(svc.requests.equals(0)),
            "pressure-was-real": sometimes(A.task("hog").stall.above(s(2))).during("outage"),
          },
        },
        "swapnbd-v9": { set: { "nodes.A.policy": "swapnbd-v9" } },
        "zijlstra-2007": {
          set: { "nodes.A.policy": "zijlstra-2007" },
          checks: {
            tossed: sometimes(A.netstat.PFMemallocDrop.above(0)).during("outage"),
            "replies-kept": always(A.lost_marked.equals(0)),
            "reserve-used": sometimes(A.mem.set_aside_used.above(KiB(128))).during("outage"),
            "within-limit": always(A.mem.set_aside_used.below(KiB(256))),
          },
        },
        "zijlstra-without-receiving": {
          set: { "nodes.A.policy": sendsOnly },
          checks: { "comes-back": wedges },
        },
      },
    };
  },
);
