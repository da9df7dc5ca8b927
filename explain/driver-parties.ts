// The part of the graph that belongs to who works for a network block device: whoever connects it, and the thread that sends.

import type { Frame, Task } from "#kernel/index.ts";
import { FREE, type Party } from "./graph.ts";
import { answerNeeds } from "./net-parties.ts";
import type { Scene } from "./scene.ts";
import { deviceId, isAwaited } from "./swap-parties.ts";

/** Of a thread that waits for others to give it work. */
export const NOTHING_TO_DO = "has nothing to do";

/** What a task wants, and that in words. */
export interface Situation {
  readonly wants: Party["wants"];
  readonly text: string;
}

interface ClientFrame extends Frame {
  readonly at: string;
  readonly sock: number;
  readonly asked: "no" | "table" | "memory";
}

/** In which call a program that makes a connection asks for memory. */
export function callOf(scene: Scene, task: Task): string {
  const { at, asked } = clientFrameOf(scene, task)?.[1] ?? { at: "", asked: "no" };
  if (asked === "no") return "";
  if (asked === "table") return "in poll(): ";
  return at === "connect" ? "in connect(): " : "in send(): ";
}

/** What makes the connection of which device, if this task does. */
function clientFrameOf(scene: Scene, task: Task): readonly [index: number, ClientFrame] | null {
  for (const [index, { device }] of scene.disks.entries()) {
    const type = `${device.parts.prefix}nbd.client`;
    const frame = task.stack.find((each): each is ClientFrame => each.type === type);
    if (frame !== undefined) return [index, frame];
  }
  return null;
}

/** The connection that comes of it when this task goes on. */
export function connectionsOf(scene: Scene, task: Task): readonly string[] {
  const client = clientFrameOf(scene, task);
  return client === null ? [] : [scene.id(deviceId(client[0], "connection"))];
}

/** A connection in the making: what the peer says has to come in. That it may then be tossed is not counted. */
export function connectingWants(scene: Scene, task: Task): Situation {
  const client = clientFrameOf(scene, task);
  const sock = client === null ? null : scene.machine.net.sockById(client[1].sock);
  if (client === null || sock === null)
    return { wants: FREE, text: "waits for an answer, or gives up" };
  return { wants: [answerNeeds(scene, sock)], text: "waits for an answer to its new connection" };
}

export const isClient = (scene: Scene, task: Task): boolean => clientFrameOf(scene, task) !== null;

/** A thread of the driver has nothing to send, or nowhere to send it. */
export function workWants(scene: Scene, task: Task): Situation {
  const index = scene.disks.findIndex(({ device }) =>
    task.stack.some(({ type }) => type === `${device.parts.prefix}nbd.sender`),
  );
  const disk = scene.disks[index];
  if (disk === undefined || !isAwaited(disk))
    return { wants: [[scene.need("scan")]], text: NOTHING_TO_DO };
  return {
    wants: [[scene.need(deviceId(index, "connection"))]],
    text: "has no connection to send on",
  };
}
