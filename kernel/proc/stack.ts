// What a sleeping task is in the middle of, as /proc/PID/stack would name it, innermost first; for all tasks of a machine.
//
// A task here is a stack of frames, each a path of the kernel; the functions are those that do the same in Linux 6.1, in
// whatever era the machine is. Linux: proc_pid_stack(), fs/proc/base.c.
//
// Not modelled: offsets behind the function names (there is no code to point into), inlined and helper functions between
// those named here.

import type { Machine } from "../machine.ts";
import type { Task, WaitReason } from "../sched/task.ts";

/** Functions of a sleep, innermost first, and the letter that ps(1) shows for it. */
interface Sleep {
  readonly state: "D" | "S" | "I";
  /** A kill ends it (TASK_KILLABLE), or it looks again by itself: khungtaskd leaves such a task alone. */
  readonly isWatched: boolean;
  readonly functions: readonly string[];
}

const sleep = (state: Sleep["state"], isWatched: boolean, ...functions: string[]): Sleep => ({
  state,
  isWatched,
  functions,
});

export const SLEEPS: Readonly<Record<WaitReason, Sleep>> = {
  "page-lock": sleep("D", false, "io_schedule", "folio_wait_bit_common", "__folio_lock_or_retry"),
  writeback: sleep("D", true, "io_schedule", "folio_wait_bit_common", "folio_wait_writeback"),
  throttle: sleep("D", false, "throttle_direct_reclaim"),
  "reclaim-throttle": sleep("D", false, "schedule_timeout", "reclaim_throttle"),
  "swap-slot": sleep("D", false, "folio_alloc_swap"),
  bio: sleep("D", false, "io_schedule_timeout", "mempool_alloc", "bio_alloc_bioset"),
  wbt: sleep("D", true, "io_schedule", "rq_qos_wait", "wbt_wait", "__rq_qos_throttle"),
  tag: sleep("D", true, "io_schedule", "blk_mq_get_tag", "__blk_mq_alloc_requests"),
  "tx-lock": sleep("D", true, "__mutex_lock", "nbd_queue_rq"),
  sndbuf: sleep("S", false, "wait_woken", "sk_stream_wait_memory", "tcp_sendmsg_locked"),
  "stream-memory": sleep("S", false, "wait_woken", "sk_stream_wait_memory", "tcp_sendmsg_locked"),
  "socket-readable": sleep("S", false, "wait_woken", "sk_wait_data", "tcp_recvmsg"),
  "socket-writable": sleep("S", false, "wait_woken", "sk_stream_wait_memory", "tcp_sendmsg_locked"),
  accept: sleep("S", false, "inet_csk_accept", "inet_accept"),
  connect: sleep("S", false, "wait_woken", "inet_wait_for_connect", "__inet_stream_connect"),
  "kswapd-idle": sleep("S", false, "kswapd_try_to_sleep"),
  "dirty-throttle": sleep("D", false, "io_schedule_timeout", "balance_dirty_pages"),
  "vm-writeout": sleep(
    "D",
    false,
    "io_schedule_timeout",
    "congestion_wait",
    "throttle_vm_writeout",
  ),
  "oom-retry": sleep("D", false, "schedule_timeout_uninterruptible", "__alloc_pages_may_oom"),
  work: sleep("I", false, "worker_thread"),
  sleep: sleep("S", false, "do_nanosleep", "hrtimer_nanosleep"),
  barrier: sleep("S", false, "futex_wait_queue", "futex_wait"),
  reply: sleep("S", false, "wait_woken", "sk_wait_data", "tcp_recvmsg"),
};

/** By the type of a frame, without the name of a disk before it. */
const FRAMES: Readonly<Record<string, readonly string[]>> = {
  "mm.alloc": ["__alloc_pages_slowpath", "__alloc_pages"],
  "mm.directReclaim": ["do_try_to_free_pages", "try_to_free_pages"],
  "mm.shrink": ["shrink_folio_list", "shrink_inactive_list", "shrink_lruvec"],
  "mm.kswapd": ["balance_pgdat", "kswapd"],
  "mm.writePages": ["pageout"],
  "mm.fault": ["do_swap_page", "handle_mm_fault", "exc_page_fault"],
  "mm.file": ["filemap_get_pages", "filemap_read"],
  "mm.flusher": ["wb_writeback", "wb_workfn"],
  "mm.balanceDirty": ["balance_dirty_pages_ratelimited"],
  "swap.write": ["__swap_writepage", "swap_writepage"],
  "swap.read": ["swap_readpage", "swapin_readahead"],
  "file.write": ["submit_bio", "__block_write_full_page"],
  "file.read": ["submit_bio", "page_cache_ra_unbounded"],
  "block.bio": ["bio_alloc_bioset"],
  "block.unplug": ["blk_mq_flush_plug_list", "__blk_flush_plug"],
  "nbd.send": ["nbd_send_cmd", "nbd_queue_rq"],
  "nbd.receive": ["nbd_read_reply", "recv_work"],
  "nbd.sender": ["nbd_queue_rq", "blk_mq_run_work_fn"],
};

/** Functions of a task, innermost first; none while it runs. */
export function functionsOf({ wait, stack }: Task): string[] {
  if (wait === null) return [];
  const names = [...SLEEPS[wait.on].functions];
  for (let i = stack.length - 1; i >= 0; i--)
    for (const name of framesOf(stack[i]?.type ?? ""))
      if (names[names.length - 1] !== name) names.push(name);
  return names;
}

/** Frames of a file's disk carry its name before theirs. A program's own frame is in user space: nothing. */
function framesOf(type: string): readonly string[] {
  const known = Object.keys(FRAMES).find((name) => type === name || type.endsWith(name));
  return known === undefined ? [] : (FRAMES[known] ?? []);
}

/** R, D, S, I as ps(1) shows it; X for one that has ended. */
export function stateOf({ state, wait }: Task): string {
  if (state === "finished") return "X";
  return wait === null ? "R" : SLEEPS[wait.on].state;
}

/** Kernel threads count from 2 on, as pid 1 is init. */
export const pidOf = ({ id }: Task): number => id + 2;

export const stack = ({ sched }: Machine): string =>
  sched
    .tasks()
    .filter(({ state }) => state !== "finished")
    .map((task) => {
      const lines = functionsOf(task).map((name) => `[<0>] ${name}\n`);
      return `==> /proc/${pidOf(task)}/stack (${task.name}, ${stateOf(task)}) <==\n${lines.join("")}`;
    })
    .join("\n");
