// The swap device's part of the graph: requests that wait for answers, and what they hold until then.

import { FREE, type Hold, type Need, type Party } from "./graph.ts";
import { answerNeeds } from "./net-parties.ts";
import type { Disk, Scene } from "./scene.ts";
import { serverNeeds } from "./server-parties.ts";

type Sock = Parameters<typeof answerNeeds>[1];
type Request = ReturnType<Disk["queue"]["all"]>[number];

export function drawSwap(scene: Scene): void {
  drawLocalDisks(scene);
  for (const [index, disk] of scene.disks.entries()) drawDisk(scene, disk, index);
}

/** A disk of the machine's own needs nobody: all of its files may be written, which frees them, and who waits for it goes on. */
function drawLocalDisks(scene: Scene): void {
  const { disks } = scene.machine.storage;
  const { frames } = scene.machine.memory.parts;
  scene.consumable("disk", "a transfer of a local disk");
  if (disks.length === scene.disks.filter((disk) => disk !== scene.machine.storage.swap).length)
    return;
  scene.party({
    id: "local-disk",
    name: "the local disk",
    text: "reads and writes whatever it is asked",
    wants: FREE,
    holds: [{ resource: scene.id("page"), units: frames.pagesOf("file") }],
    gives: [scene.id("disk"), scene.id("freed")],
  });
}

/** What names something of the device in the graph; the swap device is number 0. */
export const deviceId = (index: number, what: string): string => `${what}:${index}`;

function drawDisk(scene: Scene, disk: Disk, index: number): void {
  const { device, queue } = disk;
  const sock = scene.machine.net.sockById(device.sock);
  scene.reusable(deviceId(index, "lock"), device.txOwner < 0 ? 1 : 0, "the right to send");
  scene.reusable(deviceId(index, "tag"), queue.depth - queue.inFlight, "a tag");
  scene.consumable(deviceId(index, "wbt"), "room in the writeback quota");
  scene.consumable(deviceId(index, "written"), "the end of a write");
  scene.consumable(deviceId(index, "connection"), `a connection to ${device.target.server}`);
  if (sock === null && !isAwaited(disk)) {
    drawDead(scene, index);
    return;
  }
  const answer = `answer:${device.sock}`;
  scene.consumable(answer, `an answer of ${device.target.server}'s`);
  const timesOut = device.parts.timeoutNs !== null && queue.inFlight > 0;
  scene.party({
    id: `answers:${device.sock}`,
    name: `${device.target.server}'s answers`,
    text:
      sock === null
        ? `there is no connection, and ${queue.inFlight} requests wait for one`
        : `${queue.inFlight} requests are open`,
    wants: answersWants(scene, disk, index, sock, timesOut),
    gives: [scene.id(answer)],
  });
  for (const request of queue.all()) drawRequest(scene, disk, index, request);
  drawWriting(scene, disk, index);
  // Whoever may run may ask for one more page, and an answer is all that it then needs.
  scene.party({
    id: deviceId(index, "next"),
    name: "the next swap-in",
    text: "a program that runs asks for a page",
    wants: [[scene.need("run"), scene.need(answer)]],
    isUseful: true,
  });
}

/** Whether somebody is to make the connection again, for as long as that takes: a limit on the wait ends it some day. */
export const isAwaited = ({ device }: Disk): boolean =>
  device.losses > 0 && !device.isDead && device.parts.reconnect?.deadConnTimeoutNs === null;

function answersWants(
  scene: Scene,
  disk: Disk,
  index: number,
  sock: Sock | null,
  timesOut: boolean,
): Party["wants"] {
  if (sock === null) return [[scene.need(deviceId(index, "connection"))]];
  return timesOut || isReading(scene, disk)
    ? FREE
    : [[...answerNeeds(scene, sock), ...serverNeeds(scene, disk.device.target.server)]];
}

/** Whether its reader is at work, or something lies there for it: an answer may be in that already. */
function isReading({ machine }: Scene, { device }: Disk): boolean {
  const sock = machine.net.sockById(device.sock);
  if (sock === null || sock.rcvNxt !== sock.copiedSeq) return true;
  return machine.sched
    .tasks()
    .some(
      ({ state, stack }) =>
        state === "runnable" && stack[0]?.type === `${device.parts.prefix}nbd.receive`,
    );
}

/** As long as somebody reclaims, somebody may send and answers come, page after page of programs is written and freed. */
function drawWriting(scene: Scene, { device, isFile }: Disk, index: number): void {
  const { frames } = scene.machine.memory.parts;
  const bio = isFile || scene.probe.isBioToBeHad() ? [] : [scene.need("bio")];
  scene.party({
    id: deviceId(index, "writing"),
    name: "writing to swap",
    text: "frees pages of programs as long as it goes on",
    wants: [
      [
        scene.need("scan"),
        scene.need(`answer:${device.sock}`),
        scene.need(deviceId(index, "lock")),
        ...bio,
      ],
    ],
    holds: [{ resource: scene.id("page"), units: frames.pagesOf("anon") + frames.pagesOf("file") }],
    gives: [scene.id("freed")],
  });
}

/** A connection that is lost, or not made yet: what waits on it fails, or is made. */
function drawDead(scene: Scene, index: number): void {
  scene.party({
    id: deviceId(index, "dead"),
    name: "the lost connection",
    text: "fails whatever is asked of it",
    wants: FREE,
    gives: [deviceId(index, "wbt"), deviceId(index, "written")].map((id) => scene.id(id)),
    isUseful: true,
  });
}

/** What the end of the request that this page is in would give; null when it is in none. */
export function requestOf(scene: Scene, pfn: number): Party["wants"] | null {
  for (const [index, { queue }] of scene.disks.entries()) {
    const request = queue.all().find(({ pfns }) => pfns.includes(pfn));
    if (request !== undefined) return [[scene.need(`done:${index}:${request.tag}`)]];
  }
  return null;
}

function drawRequest(scene: Scene, { device }: Disk, index: number, request: Request): void {
  const isRead = request.op === "read";
  const pages = request.pfns.length;
  const done = `done:${index}:${request.tag}`;
  scene.consumable(done, isRead ? "a page read from swap" : "a page written");
  scene.party({
    id: `request:${index}:${request.tag}`,
    name: isRead ? "swap-in" : "swap-out",
    text: requestText(request, device.target.server),
    sinceNs: request.sentNs > 0 ? request.sentNs : null,
    wants: [[...senderNeeds(scene, index, request), scene.need(`answer:${device.sock}`)]],
    holds: [
      { resource: scene.id(deviceId(index, "tag")), units: 1 },
      ...(isRead ? [] : [writtenPages(scene, pages)]),
    ],
    gives: [
      scene.id(done),
      ...(request.bios.length > 0 ? [scene.id("bio")] : []),
      ...(isRead ? [] : [scene.id("freed")]),
      ...(isRead
        ? []
        : [deviceId(index, "wbt"), deviceId(index, "written")].map((id) => scene.id(id))),
    ],
    isUseful: isRead,
  });
}

function requestText({ state }: Request, server: string): string {
  switch (state) {
    case "plugged":
      return "held back, so that it can grow";
    case "queued":
      return "waits to be sent";
    case "sending":
      return "is being sent";
    case "sent":
      return `waits for ${server}'s answer`;
  }
}

/** Pages that were written can be freed, taken to be so without anybody's help; and there are bios and nodes of trees. */
const writtenPages = (scene: Scene, pages: number): Hold => ({
  resource: scene.id("page"),
  units: pages + Math.ceil(pages / 4) + 1,
});

/** A request that is not on its way needs whoever sends it. */
function senderNeeds(scene: Scene, index: number, request: Request): readonly Need[] {
  switch (request.state) {
    case "sent":
      return [];
    case "plugged":
      return [scene.need(`task:${request.pluggedBy}`)];
    case "queued":
    case "sending":
      return [scene.need(`send:${index}:${request.tag}`)];
  }
}
