// Reading the answers: 16 bytes that name a request, then the pages of a read. Linux: nbd_read_reply(), recv_work(),
// drivers/block/nbd.c; up to 3.x nbd_do_it() in the context of the nbd-client process.
//
// A page that comes back is compared with what its owner wrote last, byte for byte. Anything else ends the run: a lost or
// stale page is worse than a wedge.

import { PAGE_BYTES } from "#base/units.ts";
import { joined } from "#wire/bytes.ts";
import type { NbdReplyReader } from "#wire/nbd/reply-reader.ts";
import { COST } from "../costs.ts";
import { answer, NEXT, type Outcome } from "../sched/program.ts";
import { type Frame, PF_MEMALLOC, type Task } from "../sched/task.ts";
import type { NbdDevice } from "./nbd-device.ts";

export interface NbdReceiveFrame extends Frame {
  /** The connection it reads from, and ends with. */
  readonly sock: number;
  /** Request whose data is being read; -1 between two answers. */
  tag: number;
  /** Pages of it that have been read. */
  pages: number;
}

export const nbdReceiveFrame = (prefix: string, sock: number): NbdReceiveFrame => ({
  type: `${prefix}nbd.receive`,
  sock,
  tag: -1,
  pages: 0,
});

export function stepNbdReceive(
  device: NbdDevice,
  replies: NbdReplyReader,
  frame: NbdReceiveFrame,
  task: Task,
): Outcome {
  if (device.sock !== frame.sock) return answer(task, 0);
  if (device.parts.criticality.driverMemalloc) task.flags |= PF_MEMALLOC;
  const isReady =
    frame.tag < 0 ? readHeader(device, replies, frame) : readPage(device, replies, frame);
  if (isReady) {
    task.costNs += COST.copyPageNs;
    return NEXT;
  }
  return readMore(device, replies, task);
}

function readMore(device: NbdDevice, replies: NbdReplyReader, task: Task): Outcome {
  const { net } = device.parts;
  task.costNs += COST.syscallNs;
  const wantedBytes = Math.min(replies.wantedBytes, PAGE_BYTES);
  const slices = net.recv(device.sock, Math.max(1, wantedBytes));
  task.costNs += net.takeCostNs();
  if (slices.length === 0 && net.isClosed(device.sock)) {
    device.lose();
    return answer(task, 0);
  }
  if (slices.length === 0) return net.readable.sleep(task, device.sock);
  for (const slice of slices) replies.push(slice);
  return NEXT;
}

function readHeader(device: NbdDevice, replies: NbdReplyReader, frame: NbdReceiveFrame): boolean {
  const header = replies.nextHeader();
  if (header === null) return false;
  const { memory, queue } = device.parts;
  const request = queue.find(header.cookieLo);
  memory.parts.trace.event("nbd.reply", memory.nowNs, header.cookieLo, header.errno);
  if (request === null) return true;
  if (header.errno !== 0 || request.op === "write") device.complete(request, header.errno !== 0);
  else {
    replies.expectPayload(request.pfns.length * PAGE_BYTES);
    frame.tag = request.tag;
    frame.pages = 0;
  }
  return true;
}

function readPage(device: NbdDevice, replies: NbdReplyReader, frame: NbdReceiveFrame): boolean {
  if (replies.heldBytes < PAGE_BYTES) return false;
  const slices = replies.takePayload(PAGE_BYTES);
  if (slices === null) return false;
  const request = device.parts.queue.request(frame.tag);
  const pfn = request.pfns[frame.pages] ?? -1;
  device.parts.store.check(pfn, request.firstSlot + frame.pages, joined(slices));
  frame.pages++;
  if (frame.pages < request.pfns.length) return true;
  frame.tag = -1;
  device.complete(request, false);
  return true;
}
