// Which other rules a machine could not have told from its own: those that would have answered all it ever asked alike.
//
// A rule is pure and cannot reach the machine. So a run under one that answers alike is the same run to the last event, and so
// it is under several such at once if each is of another decision, for a question is put to one rule: nobody need run them.
//
// Answers are compared, not what came of them: another that answers otherwise may still have made no difference. A field is an
// answer as soon as it is read; a function that may be absent is one that differs, not one that is asked.

import type { PolicySpec } from "../spec.ts";
import { criticalityPolicies } from "./criticality/index.ts";
import type { CriticalityPolicy } from "./criticality/policy.ts";
import { type Decisions, decisionsOf } from "./decisions.ts";
import { limitsPolicies } from "./limits/index.ts";
import type { LimitsPolicy } from "./limits/policy.ts";
import { receivePolicies } from "./receive/index.ts";
import type { ReceivePolicy } from "./receive/policy.ts";
import { reclaimPolicies } from "./reclaim/index.ts";
import type { ReclaimPolicy } from "./reclaim/policy.ts";
import { reservePolicies } from "./reserve/index.ts";
import type { ReservePolicy } from "./reserve/policy.ts";
import { throttlePolicies } from "./throttle/index.ts";
import type { ThrottlePolicy } from "./throttle/policy.ts";

export class Lookalikes {
  /** A policy's own rules, to be asked in their place: what they are asked, the others are asked too. */
  readonly decisions: Decisions;
  readonly #rivals: Readonly<Record<keyof Decisions, { readonly names: readonly string[] }>>;

  constructor(policy: PolicySpec) {
    const own = decisionsOf(policy);
    const reserve = new Rivals(own.reserve, Object.values<ReservePolicy>(reservePolicies));
    const receive = new Rivals(own.receive, Object.values<ReceivePolicy>(receivePolicies));
    const reclaim = new Rivals(own.reclaim, Object.values<ReclaimPolicy>(reclaimPolicies));
    const throttle = new Rivals(own.throttle, Object.values<ThrottlePolicy>(throttlePolicies));
    const limits = new Rivals(own.limits, Object.values<LimitsPolicy>(limitsPolicies));
    const criticality = new Rivals(
      own.criticality,
      Object.values<CriticalityPolicy>(criticalityPolicies),
    );
    this.#rivals = { reserve, receive, reclaim, throttle, limits, criticality };
    this.decisions = {
      reserve: reserveOf(reserve),
      receive: receiveOf(receive),
      reclaim: reclaimOf(reclaim),
      throttle: throttleOf(throttle),
      limits: limitsOf(limits),
      criticality: criticalityOf(criticality),
    };
  }

  /** As `decision: rule`; a policy's own rules are not among them. */
  names(): readonly string[] {
    return Object.entries(this.#rivals).flatMap(([decision, { names }]) =>
      names.map((name) => `${decision}: ${name}`),
    );
  }
}

class Rivals<Rule extends { readonly name: string; readonly summary: string }> {
  readonly own: Rule;
  /** Nobody comes back. */
  #alike: readonly Rule[];

  constructor(own: Rule, all: readonly Rule[]) {
    this.own = own;
    this.#alike = all.filter((rule) => rule !== own);
  }

  get names(): readonly string[] {
    return this.#alike.map(({ name }) => name);
  }

  /** The own rule's answer; who gives another is out. */
  ask<Answer>(question: (rule: Rule) => Answer): Answer {
    const answer = question(this.own);
    if (this.#alike.some((rule) => question(rule) !== answer))
      this.#alike = this.#alike.filter((rule) => question(rule) === answer);
    return answer;
  }
}

const titleOf = ({ own: { name, summary } }: Rivals<Decisions[keyof Decisions]>) => ({
  name,
  summary,
});

const reserveOf = (rivals: Rivals<ReservePolicy>): ReservePolicy => ({
  ...titleOf(rivals),
  mayIgnoreWatermarks: (view) => rivals.ask((rule) => rule.mayIgnoreWatermarks(view)),
  get slabGuard() {
    return rivals.ask(({ slabGuard }) => slabGuard);
  },
  get setAside() {
    return rivals.ask(({ setAside }) => setAside);
  },
  get mayTakeKept() {
    return rivals.ask(({ mayTakeKept }) => mayTakeKept);
  },
  get pagesOfDevice() {
    return rivals.ask(({ pagesOfDevice }) => pagesOfDevice);
  },
});

const receiveOf = (rivals: Rivals<ReceivePolicy>): ReceivePolicy => ({
  ...titleOf(rivals),
  get marksPackets() {
    return rivals.ask(({ marksPackets }) => marksPackets);
  },
  get countsByDevice() {
    return rivals.ask(({ countsByDevice }) => countsByDevice);
  },
  get emergency() {
    return rivals.ask(({ emergency }) => emergency);
  },
  get keepsAtomicForMarked() {
    return rivals.ask(({ keepsAtomicForMarked }) => keepsAtomicForMarked);
  },
  get coversNeighbours() {
    return rivals.ask(({ coversNeighbours }) => coversNeighbours);
  },
  mayReceiveFromReserve: (view) => rivals.ask((rule) => rule.mayReceiveFromReserve(view)),
  tossAtDemux: (view) => rivals.ask((rule) => rule.tossAtDemux(view)),
});

const reclaimOf = (rivals: Rivals<ReclaimPolicy>): ReclaimPolicy => ({
  ...titleOf(rivals),
  get recurses() {
    return rivals.ask(({ recurses }) => recurses);
  },
  pagesToScan: (view) => rivals.ask((rule) => rule.pagesToScan(view)),
});

const throttleOf = (rivals: Rivals<ThrottlePolicy>): ThrottlePolicy => ({
  ...titleOf(rivals),
  allowDirectReclaim: (view) => rivals.ask((rule) => rule.allowDirectReclaim(view)),
  holdWriteout: (view) => rivals.ask((rule) => rule.holdWriteout(view)),
});

const limitsOf = (rivals: Rivals<LimitsPolicy>): LimitsPolicy => ({
  ...titleOf(rivals),
  mayPassLimit: (view) => rivals.ask((rule) => rule.mayPassLimit(view)),
});

const criticalityOf = (rivals: Rivals<CriticalityPolicy>): CriticalityPolicy => ({
  ...titleOf(rivals),
  get marksSwapSocket() {
    return rivals.ask(({ marksSwapSocket }) => marksSwapSocket);
  },
  get sender() {
    return rivals.ask(({ sender }) => sender);
  },
  get driverMemalloc() {
    return rivals.ask(({ driverMemalloc }) => driverMemalloc);
  },
  get keepsSendSkb() {
    return rivals.ask(({ keepsSendSkb }) => keepsSendSkb);
  },
});
