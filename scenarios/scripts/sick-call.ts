// scenarios/sick-call.yaml as a script, with those of its variants that make the argument. Why each number is what it is
// stands there.

import {
  always,
  everyLink,
  Gbit,
  KiB,
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
} from "unwedge";

export default scenario(
  "sick-call",
  {
    title: "A machine that must say that its swap device has failed",
    seed: 2005,
    runs: 5,
    engine: { default: "virtual", allow: ["virtual", "sockets"], maxTime: "10 min" },
  },
  (w) => {
    const swapCritical = w.policy("swap-critical", {
      extends: "critical-pool-2005",
      criticality: "marked-submitter",
    });
    const A = w.machine("A", {
      policy: "critical-pool-2005",
      memory: { ram: MiB(32), kernel: MiB(4), reserve: "auto", criticalPages: pages(1024) },
      net: { driver: "e1000e-like", rcvbuf: KiB(256), tcpMem: pages(6144) },
      swap: [{ server: "C", size: MiB(128) }],
      run: {
        hog: {
          kind: "anon",
          count: 4,
          size: MiB(24),
          pattern: "linear",
          populate: "write",
          access: "write",
          touch: perSec(4000),
        },
        svc: {
          kind: "service",
          port: 7000,
          workingSet: MiB(24),
          workers: 16,
          perRequest: { touch: pages(2), cpu: us(50) },
        },
      },
    });
    const B = w.client("B");
    const C = w.swapServer("C", { store: { latency: us(100), queue: 128 } });
    const M = w.machine("M", {
      policy: "mainline-6.1",
      memory: { ram: MiB(128) },
      run: {
        desk: {
          kind: "service",
          protocol: "udp",
          port: 700,
          workingSet: MiB(1),
          workers: 1,
          perRequest: { touch: pages(1), cpu: us(50) },
        },
      },
    });
    const svc = A.service("svc");
    const desk = M.service("desk");
    w.link(everyLink, { latency: us(100), bandwidth: Gbit(1) });
    w.traffic("flood", {
      from: B,
      to: svc,
      connections: 100,
      payload: KiB(4),
      load: { model: "open", rate: perSec(250) },
    });
    const call = { from: A, to: desk, protocol: "udp", payload: "64 B" } as const;
    // By then A has spoken to M and knows its address and its route.
    w.traffic("hello", { ...call, load: { model: "closed", think: ms(500) }, for: s(2) });
    const alarm = w.traffic("alarm", {
      ...call,
      load: { model: "closed", think: s(1) },
      critical: true,
      start: "manual",
    });

    const comesBack = verdict("recovers", { settle: s(60) }).after("healed");
    const wedges = verdict("wedged", { settle: s(60) }).after("healed");
    const either = verdict(["recovers", "wedged"], { settle: s(60) }).after("healed");
    const left = { "pool-left": always(A.mem.critical.atLeast(pages(1))) };
    const unheard = {
      heard: threshold(rate(desk.requests).atMost("0.5/s")).during("emergency"),
      answered: threshold(rate(alarm.answered).atMost("0.5/s")).during("emergency"),
      "comes-back": wedges,
    };
    return {
      *script(t) {
        t.phase("warm-up");
        yield* t.sleep(ms(1500));
        t.phase("steady");
        yield* t.at(ms(2500));
        t.phase("outage");
        const away = yield* t.fault(C, "swap.stall", { id: "c-away", for: s(12) });
        yield* t.sleep(s(2));
        t.phase("emergency");
        yield* t.fault(alarm, "load.start", { id: "alarmed", for: s(11) });
        yield* away.healed();
        t.phase("after");
        t.mark("healed");
      },
      checks: {
        "keeps-up": threshold(rate(svc.requests).atLeast(perSec(200))).during("steady"),
        "out-of-reach": always(A.tcp.mem.below(A.tcp.mem_max)),
        "stands-still": sometimes(A.task("hog").stall.above(s(2))).during("emergency"),
        called: threshold(rate(alarm.sent).atLeast("0.5/s")).during("emergency"),
        heard: threshold(rate(desk.requests).above("0.5/s")).during("emergency"),
        answered: threshold(rate(alarm.answered).above("0.5/s")).during("emergency"),
        "no-oom": never(oomKills().above(0)),
        "comes-back": comesBack,
      },
      variants: {
        "critical-pool-2005": { checks: { ...left, "comes-back": either } },
        "swap-critical": { set: { "nodes.A.policy": swapCritical }, checks: left },
        "vanilla-2007": { set: { "nodes.A.policy": "vanilla-2007" }, checks: unheard },
        late: { set: { "timeline.alarmed.delay": s(4) }, checks: unheard },
        encapsulated: {
          set: { "nodes.A.net.encapsulation": "plain" },
          checks: { ...left, "comes-back": either },
        },
      },
    };
  },
);
