// The part of the graph that belongs to a relay in the path of swap: an answer takes both of its threads, for one carries the
// request and the other the answer.

import type { Need } from "./graph.ts";
import { relayThreads } from "./relay-threads.ts";
import type { Scene } from "./scene.ts";

type Sock = ReturnType<Scene["machine"]["net"]["socks"]>[number];

/** Whether a connection begins and ends on this machine. */
export const isOwn = (scene: Scene, { wire }: Sock): boolean =>
  wire.link.peer === scene.machine.spec.name;

/** What an answer on a connection with the relay needs. */
export const relayNeeds = (scene: Scene): readonly Need[] =>
  relayThreads(scene.machine).map(({ id }) => scene.need(`task:${id}`));
