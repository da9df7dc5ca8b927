// scenarios/gorman-4x.yaml as a script: the same document, so the same runs. Why each number is what it is stands there.

import {
  Gbit,
  GiB,
  link,
  MiB,
  ms,
  never,
  oomKills,
  s,
  scenario,
  sometimes,
  us,
  type Variant,
  verdict,
  xRam,
} from "unwedge";

export default scenario(
  "gorman-4x",
  {
    title: "Swap-over-NBD torture: eight readers a CPU over four times the RAM",
    seed: 2012,
    engine: {
      default: "virtual",
      allow: ["virtual", "sockets", "kernel"],
      maxTime: "2 h",
      sample: ms(100),
      scale: { virtual: 1, sockets: 0.03125, kernel: 1 },
    },
  },
  (w) => {
    const withoutThrottle = w.policy("swapnbd-without-throttle", {
      extends: "swapnbd-v9",
      throttle: "writeout-only",
    });
    const A = w.machine("A", {
      cpus: 8,
      policy: "vanilla-nbd",
      memory: { ram: GiB(2), slab: "slub" },
      net: { driver: "e1000e-like" },
      swap: [{ server: "C", size: GiB(10) }],
      run: {
        readers: {
          kind: "anon",
          count: "8*cpus",
          size: xRam(4),
          pattern: "linear",
          populate: "write",
          access: "read",
          loops: 1,
        },
      },
    });
    const C = w.swapServer("C", { store: { latency: us(100), queue: 128 } });
    w.link(link(A, C), { latency: us(100), bandwidth: Gbit(1) });

    const patched = (set: Variant["set"]): Variant => ({
      set,
      checks: { swapped: sometimes(A.vmstat.pswpout.atLeast(xRam(3))) },
    });
    const stuck = { finishes: verdict("wedged", { settle: s(30) }) };
    const open = { finishes: verdict(["completes", "wedged"], { settle: s(30) }) };
    const small = {
      "nodes.A.memory.ram": MiB(64),
      "nodes.A.memory.kernel": MiB(6),
      "nodes.A.cpus": 1,
    };
    const slab = { "nodes.A.memory.slab": "slab" };
    return {
      *script(t) {
        t.phase("run");
      },
      checks: {
        swapped: sometimes(A.vmstat.pswpout.above(0)),
        "no-oom": never(oomKills().above(0)),
        finishes: verdict("completes", { settle: s(7_200) }),
      },
      variants: {
        "swapnbd-slab": patched({ "nodes.A.policy": "swapnbd-v9", ...slab }),
        "swapnbd-slub": patched({ "nodes.A.policy": "swapnbd-v9" }),
        "without-throttle": patched({ "nodes.A.policy": withoutThrottle }),
        "vanilla-slub": { checks: stuck },
        "vanilla-slab": { set: slab, checks: open },
        "vanilla-slub-order-0": { set: { "nodes.A.memory.slabMaxOrder": 0 }, checks: open },
        "vanilla-slab-slow-server": {
          set: { ...slab, "nodes.C.store.latency": ms(2) },
          checks: open,
        },
        "vanilla-slab-one-cpu": { set: { ...slab, "nodes.A.cpus": 1 }, checks: open },
        "vanilla-slub-small": { set: small, checks: stuck },
        "swapnbd-slub-small": patched({ ...small, "nodes.A.policy": "swapnbd-v9" }),
      },
    };
  },
);
