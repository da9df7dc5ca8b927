// How far somebody was behind a clock: what is due is noted when it is done.

export interface Lateness {
  /** What was noted. */
  readonly wakes: number;
  /** Of these, how many later than the budget. */
  readonly overBudget: number;
  /** The latest of all, in ns of the machine's time. */
  readonly latestNs: number;
  /** Sum of what was over the budget, in ns. */
  readonly overBudgetNs: number;
}

export class LatenessTally {
  readonly #budgetNs: number;
  #wakes = 0;
  #overBudget = 0;
  #latestNs = 0;
  #overBudgetNs = 0;

  /** `budgetNs`: lateness that is none, in ns of the machine's time. */
  constructor(budgetNs: number) {
    this.#budgetNs = budgetNs;
  }

  /** Done so long after it was due; what is early is in time. */
  note(lateNs: number): void {
    this.#wakes++;
    this.#latestNs = Math.max(this.#latestNs, lateNs);
    if (lateNs <= this.#budgetNs) return;
    this.#overBudget++;
    this.#overBudgetNs += lateNs - this.#budgetNs;
  }

  get counts(): Lateness {
    return {
      wakes: this.#wakes,
      overBudget: this.#overBudget,
      latestNs: this.#latestNs,
      overBudgetNs: this.#overBudgetNs,
    };
  }
}
