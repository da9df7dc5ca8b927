// The part of the graph that belongs to a swap server among a machine's programs: its answers are made by a thread that needs
// what any program needs. It is where the graphs of machines meet that keep each other's pages.

import type { Machine, Task } from "#kernel/index.ts";
import { FREE, type Need, need, type Party } from "./graph.ts";
import { Probe } from "./probe.ts";
import { drawQueue } from "./queue-parties.ts";
import type { Scene } from "./scene.ts";

type Sock = ReturnType<Machine["net"]["socks"]>[number];

const isServer = ({ state, stack }: Task): boolean =>
  state !== "finished" && stack[0]?.type === "task.swapServer";

const serverTask = ({ sched }: Machine): Task | undefined => sched.tasks().find(isServer);

/** Whether this task answers those that swap to the machine. */
export const servesSwap = (scene: Scene, task: Task): boolean =>
  scene.machine.workload.swapServer !== null && isServer(task);

/** What an answer from `server` needs of it: its thread, unless some of what it has said is still on its way. */
export function serverNeeds(scene: Scene, server: string): readonly Need[] {
  const machine = scene.partners.get(server);
  if (machine === undefined || serverTask(machine) === undefined) return [];
  const isSpeaking = machine.net
    .socks()
    .some(
      ({ wire, listener, sndUna, writeSeq }) =>
        wire.link.peer === scene.name && listener >= 0 && sndUna !== writeSeq,
    );
  return isSpeaking ? [] : [need(`${server}/serve`)];
}

/** By itself: nothing more is needed than that it comes in. */
const BY_ITSELF: readonly (readonly Need[])[] = [[]];

/**
 * What an ACK for `sock` needs of the peer, where that is another machine's swap server, once all that may be taken ahead of it
 * has been and all of that has been acknowledged: one of these.
 */
export function readerNeeds(scene: Scene, { wire, sndUna }: Sock): readonly (readonly Need[])[] {
  const { peer } = wire.link;
  const partner = scene.partners.get(peer);
  if (partner === undefined || serverTask(partner) === undefined) return BY_ITSELF;
  const [reader, ...others] = partner.net
    .socks()
    .filter((sock) => sock.listener >= 0 && sock.wire.link.peer === scene.name)
    .filter((sock) => sock.wire.port === wire.port);
  if (reader === undefined || others.length > 0) return BY_ITSELF;
  const isOnItsWay =
    wire.acceptedBytes > sndUna || reader.wire.bytes.endSeq < reader.wire.grantedSeq;
  return isOnItsWay ? BY_ITSELF : takingNeeds(partner, reader);
}

/** What it needs to take anything more, and say so. */
function takingNeeds(partner: Machine, reader: Sock): readonly (readonly Need[])[] {
  const { name } = partner.spec;
  const probe = new Probe(partner);
  const serve = [need(`${name}/serve`)];
  const page = (rule: string): readonly Need[] => [
    need(`${name}/page`, partner.memory.parts.pages.freePages + 1, rule),
  ];
  // Its program's answers would carry the ACK too.
  if (reader.rcvNxt > reader.wire.sndUna)
    return probe.couldAcknowledge(reader) ? BY_ITSELF : [page("ATOMIC_FLOOR"), serve];
  if (!probe.offersWindow(reader)) return [serve];
  return probe.tosses(reader) ? [page("PFMEMALLOC_DROP")] : BY_ITSELF;
}

/** A server that sleeps: on a packet, unless its store is at work or it has been stopped. */
export function idleServerWants(scene: Scene): {
  readonly wants: Party["wants"];
  readonly text: string;
} {
  const { queueLength = 0, isStalled = false } = scene.machine.workload.swapServer ?? {};
  if (queueLength > 0 || isStalled) return { wants: FREE, text: "has requests to answer" };
  return { wants: scene.anyPacket(), text: "waits for a request" };
}

/** What others sent it lies in its sockets until its thread reads it. */
export function drawServer(scene: Scene): void {
  const { net, workload } = scene.machine;
  const task = serverTask(scene.machine);
  if (task === undefined || workload.swapServer === null) return;
  const { port } = workload.swapServer;
  scene.consumable("serve", `an answer of ${scene.name}'s swap server`);
  const socks = net.socks().filter(({ wire, listener }) => wire.port === port && listener >= 0);
  drawQueue(scene, { name: task.name, socks, reader: `task:${task.id}` });
}
