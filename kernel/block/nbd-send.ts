// Sending one request: 28 bytes of header and, for a write, its pages. Linux: nbd_send_cmd(), drivers/block/nbd.c.
//
// Every page has to be copied into socket buffers, so sending takes memory just when there is none. A sender that is
// PF_MEMALLOC takes the last page; one that is not has to reclaim, and may not write anonymous pages while it does.
//
// Not modelled: sendpage (2.6.12 to 3.x sent pages without a copy where the card allowed it; here all eras copy).

import { asPfn, fromMs, PAGE_BYTES } from "#base/units.ts";
import { NBD_CMD_READ, NBD_CMD_WRITE } from "#wire/nbd/constants.ts";
import { encodeRequest } from "#wire/nbd/frame.ts";
import { COST } from "../costs.ts";
import { allocFrame } from "../mm/alloc-slow.ts";
import { GFP_NOIO } from "../mm/gfp.ts";
import { PAGE_KIND } from "../mm/page-frames.ts";
import { answer, call, NEXT, type Outcome } from "../sched/program.ts";
import { type Frame, PF_MEMALLOC, type Task } from "../sched/task.ts";
import type { NbdDevice } from "./nbd-device.ts";
import type { Request } from "./request.ts";

/** Marks a driver's reply handle in a digest-friendly way: the high half counts nothing, the low half is the tag. */
const COOKIE_HI = 0;

export interface NbdSendFrame extends Frame {
  readonly tag: number;
  readonly serial: number;
  at: "lock" | "send" | "reclaimed" | "done";
  /** What is left of the piece at hand; null between two pieces. */
  rest: Uint8Array | null;
  /** Pieces sent: 1 is the header, then the pages. */
  pieces: number;
  /** Whether PF_MEMALLOC was set here and has to be cleared. */
  raised: boolean;
}

export function nbdSendFrame(prefix: string, { tag, serial }: Request): NbdSendFrame {
  return {
    type: `${prefix}nbd.send`,
    tag,
    serial,
    at: "lock",
    rest: null,
    pieces: 0,
    raised: false,
  };
}

export function stepNbdSend(device: NbdDevice, frame: NbdSendFrame, task: Task): Outcome {
  switch (frame.at) {
    case "lock":
      return lock(device, frame, task);
    case "reclaimed":
      return afterReclaim(device, frame, task);
    case "send":
      return send(device, frame, task);
    case "done":
      return done(device, frame, task);
  }
}

function lock(device: NbdDevice, frame: NbdSendFrame, task: Task): Outcome {
  if (device.isDead) return refuse(device, frame, task);
  // It was put back when the connection was lost, and is sent by whoever finds the next one.
  if (!device.isConnected) return answer(task, 0);
  if (device.txOwner !== -1) return device.txWait.sleep(task, frame.tag);
  device.txOwner = task.id;
  frame.raised = device.parts.criticality.driverMemalloc && (task.flags & PF_MEMALLOC) === 0;
  if (frame.raised) task.flags |= PF_MEMALLOC;
  frame.at = "send";
  return NEXT;
}

/** A dead connection takes nothing: -EIO at once. */
function refuse(device: NbdDevice, frame: NbdSendFrame, task: Task): Outcome {
  const request = requestOf(device, frame);
  if (request !== null) device.complete(request, true);
  task.costNs += COST.syscallNs;
  return answer(task, 0);
}

/** The request being sent; null when it has failed meanwhile and its tag may be another's. */
function requestOf({ parts }: NbdDevice, { tag, serial }: NbdSendFrame): Request | null {
  const request = parts.queue.find(tag);
  return request?.serial === serial ? request : null;
}

function send(device: NbdDevice, frame: NbdSendFrame, task: Task): Outcome {
  const { net } = device.parts;
  const request = requestOf(device, frame);
  if (request !== null) frame.rest ??= nextPiece(device, frame, request);
  if (request === null || frame.rest === null) {
    frame.at = "done";
    return NEXT;
  }
  const sent = net.send(device.sock, frame.rest);
  task.costNs += COST.syscallNs + net.takeCostNs();
  if (sent.takenBytes === frame.rest.length) {
    frame.rest = null;
    frame.pieces++;
    return NEXT;
  }
  frame.rest = frame.rest.subarray(sent.takenBytes);
  if (sent.lack === "sndbuf") return net.writable.sleep(task, device.sock);
  if (sent.lack === "memory") return waitForMemory(device, frame, task);
  device.lose();
  frame.at = "done";
  return NEXT;
}

function nextPiece(device: NbdDevice, frame: NbdSendFrame, request: Request): Uint8Array | null {
  if (frame.pieces === 0) {
    return encodeRequest({
      flags: 0,
      type: request.op === "write" ? NBD_CMD_WRITE : NBD_CMD_READ,
      cookieHi: COOKIE_HI,
      cookieLo: request.tag,
      offsetBytes: request.firstSlot * PAGE_BYTES,
      lenBytes: request.pfns.length * PAGE_BYTES,
    });
  }
  const pfn = request.op === "write" ? request.pfns[frame.pieces - 1] : undefined;
  return pfn === undefined ? null : device.pageBytes(pfn);
}

/** PF_MEMALLOC: nothing is left at all, wait and hope. Others reclaim, with GFP_NOIO and so without swapping. */
function waitForMemory(device: NbdDevice, frame: NbdSendFrame, task: Task): Outcome {
  const { memory } = device.parts;
  const isReclaimer = (task.flags & PF_MEMALLOC) !== 0;
  if (isReclaimer && !memory.parts.reclaim.recurses) return waitAndHope(device, task);
  frame.at = "reclaimed";
  return call(task, allocFrame(0, GFP_NOIO, PAGE_KIND.kernel));
}

/** sk_stream_wait_memory(): 2 ticks to HZ/5, drawn at random. */
function waitAndHope({ parts, sock, streamWait }: NbdDevice, task: Task): Outcome {
  return streamWait.sleep(task, sock, fromMs(8) + parts.memory.random.below(fromMs(192)));
}

/** A page was found: there is one to send with. A reclaimer that found none waits; for others there was a wait in it. */
function afterReclaim(device: NbdDevice, frame: NbdSendFrame, task: Task): Outcome {
  frame.at = "send";
  if (task.result >= 0) device.parts.memory.parts.pages.free(asPfn(task.result));
  else if ((task.flags & PF_MEMALLOC) !== 0) return waitAndHope(device, task);
  return NEXT;
}

function done(device: NbdDevice, frame: NbdSendFrame, task: Task): Outcome {
  const { memory } = device.parts;
  if (frame.raised) task.flags &= ~PF_MEMALLOC;
  device.releaseTx(task.id);
  const request = requestOf(device, frame);
  if (request !== null) request.state = "sent";
  memory.parts.trace.event("nbd.send", memory.nowNs, frame.tag, frame.pieces);
  return answer(task, 0);
}
