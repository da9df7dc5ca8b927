// The tasks' part of the graph: what each waits for, and what could happen if it ran.
//
// A task that sleeps with a timeout in the middle of an allocation wakes only to ask again: it waits for memory, however
// often it runs. One that could end in the OOM killer, or that waits for something this file does not know, is taken to
// get on.

import {
  __GFP_FS,
  __GFP_NORETRY,
  type AllocFrame,
  type Frame,
  gfpName,
  isIntruder,
  PF_KTHREAD,
  type Task,
} from "#kernel/index.ts";
import {
  callOf,
  connectingWants,
  connectionsOf,
  isClient,
  type Situation,
  workWants,
} from "./driver-parties.ts";
import { FREE, type Party } from "./graph.ts";
import { allocationsOf } from "./probe.ts";
import { drawBalloon, drawReclaim, isKswapd } from "./reclaim-parties.ts";
import { isOwn } from "./relay-parties.ts";
import { isRelay } from "./relay-threads.ts";
import { freeText, type Scene } from "./scene.ts";
import { drawServer, idleServerWants, servesSwap } from "./server-parties.ts";
import { deviceId, requestOf } from "./swap-parties.ts";

type Wants = Party["wants"];
export function drawTasks(scene: Scene): void {
  const { machine } = scene;
  scene.consumable("run", "a program that runs");
  scene.consumable("scan", "a task that reclaims");
  scene.consumable("freed", "a page that reclaim has freed");
  for (const { name } of programsOf(scene))
    scene.consumable(`run:${name}`, `a thread of ${scene.id(name)}`);
  for (const task of machine.sched.tasks()) if (task.state !== "finished") drawTask(scene, task);
  drawServer(scene);
  drawReclaim(scene);
  drawBalloon(scene);
}

const programsOf = ({ machine: { spec } }: Scene): readonly { readonly name: string }[] =>
  spec.role === "machine" ? spec.tasks.filter(({ kind }) => kind !== "agent") : [];

function drawTask(scene: Scene, task: Task): void {
  const isProgram = programsOf(scene).some(({ name }) => name === task.name);
  const { wants, text } = situationOf(scene, task);
  scene.consumable(`task:${task.id}`, `${task.name} to go on`);
  scene.party({
    id: `task:${task.id}`,
    name: scene.id(task.name),
    text: `${callOf(scene, task)}${text}`,
    // Who naps and asks again has slept for no time in particular.
    sinceNs:
      isNapping(task) || isInWriteout(task) || task.wait?.on === "bio"
        ? null
        : (task.wait?.sinceNs ?? null),
    wants,
    holds: locksOf(scene, task),
    gives: [
      scene.id(`task:${task.id}`),
      scene.id("scan"),
      ...sendsOf(scene, task),
      ...connectionsOf(scene, task),
      ...(servesSwap(scene, task) ? [scene.id("serve")] : []),
      ...(isProgram ? [scene.id("run"), scene.id(`run:${task.name}`)] : []),
    ],
    isUseful: isFiniteTask(scene, task),
  });
  if (asksAgain(task)) drawScan(scene, task);
  if (isIntruder(task)) drawIntruder(scene, task);
  if (mayEndInKill(scene, task)) drawKill(scene, task);
}

/** It reclaims while it waits for its page. */
function drawScan(scene: Scene, task: Task): void {
  scene.party({
    id: `scan:${task.id}`,
    name: `reclaim by ${scene.id(task.name)}`,
    text: "looks for a page to free",
    wants: FREE,
    gives: [scene.id("scan")],
  });
}

/** Whoever is killed, all that programs have is taken to come back at once; in truth a victim has to get out of its wait first. */
function drawKill(scene: Scene, task: Task): void {
  const { frames } = scene.machine.memory.parts;
  scene.party({
    id: `kill:${task.id}`,
    name: "the OOM killer",
    text: `may be called by ${scene.id(task.name)}`,
    wants: FREE,
    holds: [{ resource: scene.id("page"), units: frames.pagesOf("anon") }],
    gives: [scene.id("freed")],
  });
}

/** A fault's program is killed when the fault heals, and its pages come back once it can go on to its end. */
function drawIntruder(scene: Scene, task: Task): void {
  scene.party({
    id: `intruder:${task.id}`,
    name: `the end of ${scene.id(task.name)}`,
    text: "comes when its fault heals and it can go on",
    wants: [[scene.need(`task:${task.id}`)]],
    holds: [
      {
        resource: scene.id("page"),
        units: scene.machine.memory.spaces[task.spaceId]?.residentPages ?? 0,
      },
    ],
    gives: [scene.id("freed")],
  });
}

function isFiniteTask(scene: Scene, task: Task): boolean {
  const stats = scene.machine.workload.stats().find(({ name }) => name === task.name);
  return stats !== undefined && !stats.isEndless;
}

function locksOf(scene: Scene, task: Task): Party["holds"] {
  return scene.disks.flatMap(({ device }, index) =>
    device.txOwner === task.id ? [{ resource: scene.id(deviceId(index, "lock")), units: 1 }] : [],
  );
}

interface SendFrame extends Frame {
  readonly tag: number;
}

/** Requests that this task is sending, or will when it runs. */
function sendsOf(scene: Scene, task: Task): readonly string[] {
  return scene.disks.flatMap(({ device, queue }, index) => {
    const { prefix } = device.parts;
    const tags = task.stack
      .filter((frame): frame is SendFrame => frame.type === `${prefix}nbd.send`)
      .map(({ tag }) => tag);
    const isSender = task.stack.some(({ type }) => type === `${prefix}nbd.sender`);
    const queued = queue.all().filter(({ state }) => state === "queued");
    const more = isSender ? queued.map(({ tag }) => tag) : [];
    return [...tags, ...more].map((tag) => scene.id(`send:${index}:${tag}`));
  });
}

function situationOf(scene: Scene, task: Task): Situation {
  const { wait } = task;
  if (task.state === "runnable" || wait === null)
    return asksAgain(task) ? memoryWants(scene, task) : runnerWants(scene, task);
  const what = (text: string, ...wants: Wants): Situation => ({ wants, text });
  switch (wait.on) {
    case "page-lock":
      return pageWants(scene, wait.what);
    case "writeback":
      return what("waits for a page that it writes", ...(requestOf(scene, wait.what) ?? FREE));
    case "tx-lock":
      return what("waits to send on the swap socket", [scene.need(lockOf(scene, task))]);
    case "sndbuf":
      return what("waits for an ACK, for room to send", [scene.need(`ack:${wait.what}`)]);
    case "stream-memory":
      return streamWants(scene, wait.what);
    case "socket-readable":
    case "socket-writable":
    case "accept":
      return readerWants(scene, task, wait.what);
    case "connect":
      return connectingWants(scene, task);
    case "reply":
      return what("waits for an answer, or gives up", ...FREE);
    case "tag":
      return what("waits for a tag", ...anyOf(scene, "tag"), [scene.need("disk")]);
    case "wbt":
      return what("waits for the writeback quota", ...anyOf(scene, "wbt"));
    case "bio":
      return bioWants(scene);
    case "work":
      return workWants(scene, task);
    case "throttle":
      return isHeldBack(task) ? heldBackWants(scene, task) : memoryWants(scene, task);
    case "reclaim-throttle":
    case "vm-writeout":
    case "oom-retry":
      if (isKswapd(task)) return kswapdWants(scene, wait.on);
      // The limit rises with what is free.
      return isInWriteout(task)
        ? writeoutWants(scene, [scene.need("page", scene.counts.freePages + 1)])
        : memoryWants(scene, task);
    default:
      return runnerWants(scene, task);
  }
}

/** An endless program all of whose pages are there asks for nothing until reclaim takes one away. */
function runnerWants(scene: Scene, task: Task): Situation {
  const space = scene.machine.memory.spaces[task.spaceId];
  const asksNothing =
    space !== undefined &&
    !isClient(scene, task) &&
    !isRelay(task) &&
    !servesSwap(scene, task) &&
    task.stack.length === 1 &&
    space.residentPages === space.pageCount &&
    !isFiniteTask(scene, task) &&
    !isIntruder(task);
  if (!asksNothing) return { wants: FREE, text: "goes on by itself" };
  return { wants: [[scene.need("freed")]], text: "runs on the pages it has, and asks for none" };
}

/** It looks again after every nap; but out of throttle_vm_writeout() only the end of a write lets it (holdWriteout()). */
function kswapdWants(scene: Scene, on: string): Situation {
  if (on !== "vm-writeout") return { wants: FREE, text: "looks again" };
  return writeoutWants(scene);
}

/** Until enough writes have ended, or something else does: `others`. */
function writeoutWants(scene: Scene, ...others: Wants): Situation {
  const wants = [...anyOf(scene, "written"), [scene.need("disk")], ...others];
  return { wants, text: "waits for writes to end, for there are too many" };
}

/** In throttle_vm_writeout(), and not to be let go after this one nap. */
const isInWriteout = (task: Task): boolean =>
  task.wait?.on === "vm-writeout" && !isKswapd(task) && isAt(task, "mm.shrink", "writeout");

const isAt = ({ stack }: Task, type: string, at: string): boolean =>
  stack.some((frame) => frame.type === type && "at" in frame && frame.at === at);

/** throttle_direct_reclaim() of one who may enter the file system: no nap, for kswapd alone wakes it. */
function heldBackWants(scene: Scene, task: Task): Situation {
  const kswapd = scene.machine.sched.tasks().find(isKswapd);
  if (kswapd === undefined) return memoryWants(scene, task);
  return {
    wants: [[scene.need(`task:${kswapd.id}`)]],
    text: "waits for kswapd to say that the reserve is filled",
  };
}

const isHeldBack = (task: Task): boolean =>
  task.wait?.on === "throttle" && isAt(task, "mm.directReclaim", "throttled");

const anyOf = (scene: Scene, what: string): Wants =>
  scene.disks.map((_, index) => [scene.need(deviceId(index, what))]);

/** The innermost frame that sends says which device's lock it waits for. */
function lockOf(scene: Scene, task: Task): string {
  const types = task.stack.map(({ type }) => type);
  const index = scene.disks.findIndex(({ device }) =>
    types.includes(`${device.parts.prefix}nbd.send`),
  );
  return deviceId(Math.max(0, index), "lock");
}

/** A locked page is being read, or somebody is about to write it. */
function pageWants(scene: Scene, pfn: number): Situation {
  const wants = requestOf(scene, pfn);
  if (wants !== null) return { wants, text: "waits for its page to come from swap" };
  const owner = scene.machine.sched.tasks().find((task) => isAboutToWrite(task, pfn));
  if (owner !== undefined)
    return {
      wants: [[scene.need(`task:${owner.id}`)]],
      text: `waits for a page that ${scene.id(owner.name)} is about to write`,
    };
  return {
    wants: [[scene.need("scan")], [scene.need("disk")]],
    text: "waits for a page that somebody has locked",
  };
}

interface WriteFrame extends Frame {
  readonly pfn: number;
  readonly at: string;
}

/** __swap_writepage() has its bio before it lets go of the page. */
const isAboutToWrite = ({ stack }: Task, pfn: number): boolean =>
  stack
    .filter((frame): frame is WriteFrame => frame.type === "swap.write")
    .some((frame) => frame.pfn === pfn && frame.at === "gotBio");

function readerWants(scene: Scene, task: Task, sock: number): Situation {
  if (servesSwap(scene, task)) return idleServerWants(scene);
  const own = scene.machine.net.sockById(sock);
  if (own !== null && isOwn(scene, own) && !scene.disks.some(({ device }) => device.sock === sock))
    return { wants: FREE, text: "waits for something to carry" };
  const isSwap = scene.disks.some(({ device }) => device.sock === sock);
  const wants = own === null ? scene.anyPacket() : [[scene.packetFrom(own.wire.link.peer)]];
  return {
    wants: isSwap ? [[scene.need(`answer:${sock}`)]] : wants,
    text: "waits for something to arrive",
  };
}

/** sk_stream_wait_memory(): a sender that may take the last page found none. */
function streamWants(scene: Scene, sock: number): Situation {
  const refused = scene.probe.refusesMemalloc(0);
  if (refused === null) return { wants: FREE, text: "tries to send again" };
  return {
    wants: [[scene.page(refused)], [scene.need(`ack:${sock}`)]],
    text: "waits for any page at all, to send",
  };
}

function bioWants(scene: Scene): Situation {
  const { size } = scene.machine.storage.bios;
  const text = `waits for a bio; swap's ${size === 2 ? "two" : size} are taken`;
  if (scene.probe.isBioToBeHad()) return { wants: FREE, text };
  const refused = scene.probe.refusesBioPage();
  return {
    wants: [[scene.need("bio")], ...(refused === null ? FREE : [[scene.page(refused)]])],
    text,
  };
}

/** Whether it is in an allocation or in reclaim, and nothing else keeps it there. */
const asksAgain = (task: Task): boolean =>
  isNapping(task) && !isKswapd(task) && allocationsOf(task).length > 0;

/** Sleeps that end by themselves, to be followed by others. */
const NAPS = ["throttle", "reclaim-throttle", "vm-writeout", "oom-retry", "sleep"];

const isNapping = (task: Task): boolean =>
  task.wait === null || (NAPS.includes(task.wait.on) && !isHeldBack(task) && !isInWriteout(task));

/** What an allocation waits for: a page its rights reach, or the OOM killer. */
function memoryWants(scene: Scene, task: Task): Situation {
  const frame = allocationsOf(task).find(({ gfp }) => (gfp & __GFP_NORETRY) === 0);
  if (frame === undefined)
    return task.stack.some(({ type }) => type === "block.bio")
      ? bioWants(scene)
      : { wants: FREE, text: "goes on by itself" };
  const refused = scene.probe.refusesPage(task, frame.gfp);
  if (refused === null || mayKill(scene, task, frame))
    return { wants: FREE, text: "asks for memory again" };
  return {
    wants: [[scene.page(refused)]],
    text: `waits for a page, as ${gfpName(frame.gfp)}: ${freeText(scene, refused)}`,
  };
}

/** Its request for memory may come to the OOM killer, whatever else it needs then. */
function mayEndInKill(scene: Scene, task: Task): boolean {
  return asksAgain(task) && allocationsOf(task).some((frame) => mayKill(scene, task, frame));
}

/** __GFP_FS and a machine that has the OOM killer: sooner or later somebody may be killed. */
function mayKill(scene: Scene, task: Task, { gfp }: AllocFrame): boolean {
  const hasKiller = scene.machine.memory.parts.tunables.oomKiller;
  return hasKiller && (gfp & __GFP_FS) !== 0 && (task.flags & PF_KTHREAD) === 0;
}
