// Pressure stall information: how much of the time some task, or all of them, waited for memory, IO or a CPU.
//
// Linux: kernel/sched/psi.c, include/linux/psi_types.h (6.1): psi_group_change, collect_percpu_times, calc_avgs. Times are
// kept for each CPU and weighted by how long it had anything to do; every two seconds they go into averages over 10, 60
// and 300 seconds, in the kernel's fixed-point arithmetic.
//
// Not modelled: cgroups, triggers (poll() on the files), full for CPU (only cgroups have it), memory "full" while the one
// task on a CPU reclaims and others wait for that CPU. There is no worker: periods are worked off at the next change or
// look, at the times the worker would have run.

import { assert } from "#base/assert.ts";
import { fromMs } from "#base/units.ts";

export const psiResources = ["memory", "io", "cpu"] as const;
export type PsiResource = (typeof psiResources)[number];

/** What a task is doing, as far as pressure is concerned; a set of bits. Linux: TSK_*. */
export const TSK_IOWAIT = 1;
/** Waiting for memory: reclaim, throttling, a page that comes back from swap. */
export const TSK_MEMSTALL = 2;
/** Runnable, on a CPU or in its queue. */
export const TSK_RUNNING = 4;
/** Runnable and in a memory stall: it reclaims. */
export const TSK_MEMSTALL_RUNNING = 8;
/** On a CPU now. */
export const TSK_ONCPU = 16;
/** Each bit has a lane of counts, in the order of the bits. */
const TASK_LANES = 5;

/** States a CPU's time is counted under. */
const STATES = ["ioSome", "ioFull", "memSome", "memFull", "cpuSome"] as const;
const NONIDLE = STATES.length;
const LANES = STATES.length + 1;

/** PSI_FREQ: two seconds and a tick, at HZ = 250 (Debian). */
const PERIOD_NS = fromMs(2004);
/** Fixed point of the load averages: FSHIFT, include/linux/sched/loadavg.h. */
const FSHIFT = 11;
const FIXED_1 = 1 << FSHIFT;
/** 1/exp(2s/10s), 1/exp(2s/60s), 1/exp(2s/300s) in it. */
const EXP = [1677, 1981, 2034] as const;

export interface PsiLine {
  /** Percent of the time, in hundredths, over the last 10, 60 and 300 s. */
  readonly avg10: number;
  readonly avg60: number;
  readonly avg300: number;
  /** Stalled time since boot, in µs. */
  readonly totalUs: number;
}

export interface PsiPressure {
  readonly some: PsiLine;
  /** null for CPU: it is never full on a whole machine. */
  readonly full: PsiLine | null;
}

export class Psi {
  readonly #cpuCount: number;
  /** Tasks of each CPU by TSK_* bit. */
  readonly #tasks: Int32Array;
  /** States that each CPU is in, as a bit set. */
  readonly #state: Int32Array;
  readonly #sinceNs: Float64Array;
  /** Time of each CPU in each state since the averages were last made, in ns. */
  readonly #times: Float64Array;
  /** Time of the machine in each state, in ns: since boot, and up to the last period. */
  readonly #totalNs = new Float64Array(STATES.length);
  readonly #totalThenNs = new Float64Array(STATES.length);
  /** Averages of each state over 10, 60 and 300 s, in hundredths of a percent × FIXED_1. */
  readonly #avg = new Float64Array(STATES.length * EXP.length);
  #nextNs = PERIOD_NS;
  #lastNs = 0;

  constructor(cpuCount: number) {
    assert(cpuCount >= 1, "a machine has a CPU");
    this.#cpuCount = cpuCount;
    this.#tasks = new Int32Array(cpuCount * TASK_LANES);
    this.#state = new Int32Array(cpuCount);
    this.#sinceNs = new Float64Array(cpuCount);
    this.#times = new Float64Array(cpuCount * LANES);
  }

  /** A task of `cpu` leaves the states `clear` and enters the states `set`, both TSK_* bits. Linux: psi_task_change(). */
  change(cpu: number, clear: number, set: number, nowNs: number): void {
    this.#workOff(nowNs);
    this.#record(cpu, nowNs);
    for (let i = 0; i < TASK_LANES; i++) {
      const at = cpu * TASK_LANES + i;
      const count = (this.#tasks[at] ?? 0) + ((set >> i) & 1) - ((clear >> i) & 1);
      assert(count >= 0, "no task leaves a state that none is in");
      this.#tasks[at] = count;
    }
    this.#state[cpu] = this.#stateOf(cpu);
  }

  /** What /proc/pressure shows at `nowNs`. */
  pressure(resource: PsiResource, nowNs: number): PsiPressure {
    this.#workOff(nowNs);
    this.#collect(nowNs);
    if (resource === "cpu") return { some: this.#line(4), full: null };
    const first = resource === "io" ? 0 : 2;
    return { some: this.#line(first), full: this.#line(first + 1) };
  }

  save(): PsiState {
    const lanes = [this.#sinceNs, this.#times, this.#totalNs, this.#totalThenNs, this.#avg];
    return {
      tasks: this.#tasks.slice(),
      state: this.#state.slice(),
      lanes: lanes.map((lane) => lane.slice()),
      nextNs: this.#nextNs,
      lastNs: this.#lastNs,
    };
  }

  load(state: PsiState): void {
    this.#tasks.set(state.tasks);
    this.#state.set(state.state);
    const lanes = [this.#sinceNs, this.#times, this.#totalNs, this.#totalThenNs, this.#avg];
    lanes.forEach((lane, i) => {
      lane.set(state.lanes[i] ?? []);
    });
    this.#nextNs = state.nextNs;
    this.#lastNs = state.lastNs;
  }

  /** Linux: test_state(). */
  #stateOf(cpu: number): number {
    const at = cpu * TASK_LANES;
    const waits = (this.#tasks[at] ?? 0) > 0;
    const stalled = (this.#tasks[at + 1] ?? 0) > 0;
    const running = this.#tasks[at + 2] ?? 0;
    // Full: nobody runs who is not himself reclaiming.
    const memFull = stalled && running === (this.#tasks[at + 3] ?? 0);
    return (
      Number(waits) |
      (Number(waits && running === 0) << 1) |
      (Number(stalled) << 2) |
      (Number(memFull) << 3) |
      (Number(running > (this.#tasks[at + 4] ?? 0)) << 4) |
      (Number(waits || stalled || running > 0) << NONIDLE)
    );
  }

  /** Add the time since the CPU's last change to the states it was in. Linux: record_times(). */
  #record(cpu: number, nowNs: number): void {
    const gapNs = nowNs - (this.#sinceNs[cpu] ?? 0);
    assert(gapNs >= 0, "time does not run backwards");
    this.#sinceNs[cpu] = nowNs;
    const state = this.#state[cpu] ?? 0;
    for (let lane = 0; lane < LANES; lane++) {
      const at = cpu * LANES + lane;
      if ((state & (1 << lane)) !== 0) this.#times[at] = (this.#times[at] ?? 0) + gapNs;
    }
  }

  /** Bring the totals up to `nowNs`: each CPU weighs as long as it was not idle. Linux: collect_percpu_times(). */
  #collect(nowNs: number): void {
    const stalled = new Float64Array(STATES.length);
    let weights = 0;
    for (let cpu = 0; cpu < this.#cpuCount; cpu++) {
      this.#record(cpu, nowNs);
      const base = cpu * LANES;
      // Weights are ticks of 4 ms, so that the products below stay exact.
      const weight = Math.floor((this.#times[base + NONIDLE] ?? 0) / TICK_NS);
      weights += weight;
      for (let i = 0; i < STATES.length; i++)
        stalled[i] = (stalled[i] ?? 0) + (this.#times[base + i] ?? 0) * weight;
    }
    if (weights === 0) return;
    for (let i = 0; i < STATES.length; i++)
      this.#totalNs[i] = (this.#totalNs[i] ?? 0) + Math.floor((stalled[i] ?? 0) / weights);
    this.#times.fill(0);
  }

  /** The periods that have ended: one by one while anything goes on, all at once over an idle time. */
  #workOff(nowNs: number): void {
    while (nowNs >= this.#nextNs && this.#isBusy()) this.#update(this.#nextNs);
    if (nowNs >= this.#nextNs) this.#update(nowNs);
  }

  /** Whether a CPU has something to do, or had since the last period ended. */
  #isBusy(): boolean {
    for (let cpu = 0; cpu < this.#cpuCount; cpu++) {
      const recordedNs = this.#times[cpu * LANES + NONIDLE] ?? 0;
      if (this.#state[cpu] !== 0 || recordedNs >= TICK_NS) return true;
    }
    return false;
  }

  /** Linux: update_averages(); what was missed while nobody looked counts as periods without stall. */
  #update(nowNs: number): void {
    this.#collect(nowNs);
    const missed = Math.floor((nowNs - this.#nextNs) / PERIOD_NS);
    const periodNs = nowNs - (this.#lastNs + missed * PERIOD_NS);
    this.#nextNs += (1 + missed) * PERIOD_NS;
    this.#lastNs = nowNs;
    for (let i = 0; i < STATES.length; i++) {
      const sampleNs = Math.min(
        (this.#totalNs[i] ?? 0) - (this.#totalThenNs[i] ?? 0),
        Math.max(periodNs, 1),
      );
      this.#totalThenNs[i] = (this.#totalThenNs[i] ?? 0) + sampleNs;
      this.#average(i, missed, Math.floor((sampleNs * 100) / Math.max(periodNs, 1)) * FIXED_1);
    }
  }

  /** Linux: calc_avgs(). */
  #average(state: number, missed: number, sample: number): void {
    EXP.forEach((exp, i) => {
      const at = state * EXP.length + i;
      let avg = this.#avg[at] ?? 0;
      if (missed > 0) avg = calcLoad(avg, fixedPower(exp, missed), 0);
      this.#avg[at] = calcLoad(avg, exp, sample);
    });
  }

  #line(state: number): PsiLine {
    const [avg10 = 0, avg60 = 0, avg300 = 0] = EXP.map((_, i) =>
      hundredths(this.#avg[state * EXP.length + i] ?? 0),
    );
    return { avg10, avg60, avg300, totalUs: Math.floor((this.#totalNs[state] ?? 0) / 1000) };
  }
}

export interface PsiState {
  readonly tasks: Int32Array;
  readonly state: Int32Array;
  readonly lanes: readonly Float64Array[];
  readonly nextNs: number;
  readonly lastNs: number;
}

/** A tick at HZ = 250 (Debian). */
const TICK_NS = fromMs(4);

/** One step of an exponential average, rounded up while it rises. Linux: calc_load(). */
function calcLoad(load: number, exp: number, active: number): number {
  const next = load * exp + active * (FIXED_1 - exp) + (active >= load ? FIXED_1 - 1 : 0);
  return Math.floor(next / FIXED_1);
}

/** x^n in fixed point, by squaring. Linux: fixed_power_int(). */
function fixedPower(x: number, n: number): number {
  let result = FIXED_1;
  let square = x;
  for (let left = n; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = Math.floor((result * square + FIXED_1 / 2) / FIXED_1);
    square = Math.floor((square * square + FIXED_1 / 2) / FIXED_1);
  }
  return result;
}

/** A fixed-point percentage as printed, with two decimals: LOAD_INT and LOAD_FRAC. */
function hundredths(avg: number): number {
  const whole = Math.floor(avg / FIXED_1);
  return whole * 100 + Math.floor(((avg % FIXED_1) * 100) / FIXED_1);
}
