// Whose step is running: what Linux reads from `current` and preempt_count.
//
// One step of one machine runs at a time, so one object serves all its CPUs; the scheduler sets it before each step and
// around each softirq.

export class Current {
  cpu = 0;
  /** PF_* flags of the running task; those of the interrupted task are masked in a softirq. */
  processFlags = 0;
  /** In a softirq or a timer: may not sleep, and is nobody's task. */
  inSoftirq = false;
  /** Id of the running task; -1 in a softirq. */
  taskId = -1;
}
