// The network's part of the graph: packets that want memory, memory that waits for packets.
//
// A peer is taken to do whatever helps: to send anything, at once and for ever, and to acknowledge everything. So what is
// left to ask is whether this machine can take it in.

import { pagesOf } from "#base/units.ts";
import { FREE, type Need, type Party } from "./graph.ts";
import { isPassing } from "./probe.ts";
import { drawQueue } from "./queue-parties.ts";
import { isOwn, relayNeeds } from "./relay-parties.ts";
import { cardId, freeText, type Scene } from "./scene.ts";
import { readerNeeds } from "./server-parties.ts";

type Sock = ReturnType<Scene["machine"]["net"]["socks"]>[number];

export function drawNet(scene: Scene): void {
  const { net } = scene.machine;
  scene.consumable("segment", "a segment on its way");
  scene.consumable("quota", "room below the limit on TCP memory");
  for (const { peer } of net.links())
    scene.party({
      id: `peer:${peer}`,
      name: peer,
      text: "sends and answers whatever helps",
      wants: FREE,
      gives: [scene.id("segment")],
    });
  for (const card of net.cards.rings.keys()) drawCard(scene, card);
  for (const sock of net.socks()) drawSock(scene, sock);
  drawQueues(scene);
  drawPassing(scene);
  if (net.fragments.memoryBytes > 0)
    scene.party({
      id: "fragments",
      name: "IP reassembly",
      text: "gives up what waits for its missing pieces",
      wants: FREE,
      holds: [{ resource: scene.id("page"), units: pagesOf(net.fragments.memoryBytes) }],
    });
}

/** The card and its driver: a segment needs a receive buffer and an sk_buff. */
function drawCard(scene: Scene, card: number): void {
  const { net } = scene.machine;
  scene.consumable(cardId("packet", card), "a packet taken up from the card");
  const [sock] = net
    .socks()
    .filter((each) => !isOwn(scene, each) && net.cards.indexOf(each.wire.link.peer) === card)
    .sort((a, b) => a.rmemAllocBytes - b.rmemAllocBytes);
  const refusal = sock === undefined ? null : scene.probe.refusesSegment(sock);
  const lacksMemory = refusal !== null && refusal.lack !== "quota";
  const { filled = 0, size = 0 } = net.cards.rings[card] ?? {};
  const why = lacksMemory ? freeText(scene, refusal.refused) : "there is memory for it";
  const what =
    refusal?.lack === "skb" ? "no sk_buff for a packet" : `${filled} of ${size} receive buffers`;
  scene.party({
    id: cardId("card", card),
    name: card === 0 ? `${scene.name}'s card` : `${scene.name}'s other card`,
    text: `${what}; ${why}`,
    wants: [[scene.need("segment"), ...(lacksMemory ? [scene.page(refusal.refused)] : [])]],
    gives: [scene.id(cardId("packet", card))],
  });
}

/**
 * What a socket has sent comes back as memory when the peer's ACK has been taken in, or when TCP gives up after fifteen
 * tries. That a connection of swap's is given up is no way out: all that lies in swap is lost then. It is told, not counted.
 */
function drawSock(scene: Scene, sock: Sock): void {
  const { net } = scene.machine;
  const view = net.view(sock);
  const isAwaited = net.writable.sleepers().some(({ wait }) => wait?.what === sock.id);
  if (view.sendTruesizeBytes === 0 && !isAwaited) return;
  scene.consumable(`ack:${sock.id}`, `an ACK of ${view.peer}'s`);
  const isSwap = scene.swapSocks.has(sock.id);
  const givesUp = !isSwap && (sock.state !== "established" || scene.probe.couldRetransmit(sock));
  scene.party({
    id: `sent:${sock.id}`,
    name: `bytes for ${view.peer}`,
    text: `${pagesOf(view.sendTruesizeBytes)} pages wait for ${view.peer}'s ACK`,
    wants: givesUp ? FREE : ackWants(scene, sock),
    holds: [{ resource: scene.id("page"), units: pagesOf(view.sendTruesizeBytes) }],
    gives: [scene.id(`ack:${sock.id}`)],
  });
}

function ackWants(scene: Scene, sock: Sock): Party["wants"] {
  if (isOwn(scene, sock)) return [relayNeeds(scene)];
  const packet = scene.packetFrom(sock.wire.link.peer);
  return readerNeeds(scene, sock).map((needs) => [packet, ...needs]);
}

/** Connections half open, or that no program holds any more, go by themselves, and some pages come back with them. */
function drawPassing(scene: Scene): void {
  const passing = scene.machine.net.socks().filter(isPassing);
  if (passing.length === 0) return;
  const { free, perCpu } = scene.probe.pagesOfConnections(passing.map(({ id }) => id));
  const lists = [
    { units: free, wants: FREE },
    // What lies on the list of a CPU counts as free only when all lists are emptied.
    { units: perCpu, wants: [[scene.need("freed")]] },
  ];
  for (const [i, { units, wants }] of lists.entries())
    if (units > 0)
      scene.party({
        id: `passing:${i}`,
        name: "half-open connections",
        text: `are given up after a minute, with ${units} pages`,
        wants,
        holds: [{ resource: scene.id("page"), units }],
      });
}

/** What the service's clients sent lies in its sockets until one of its threads reads it. */
function drawQueues(scene: Scene): void {
  const { spec, net } = scene.machine;
  if (spec.role !== "machine") return;
  for (const task of spec.tasks) {
    if (task.kind !== "service") continue;
    const socks = net.socks().filter((sock) => sock.wire.port === task.port && sock.listener >= 0);
    const datagrams = net.udpSocks().filter(({ port }) => port === task.port);
    drawQueue(scene, {
      name: task.name,
      socks: [...socks, ...datagrams],
      reader: `run:${task.name}`,
      isUseful: true,
    });
  }
}

/** What an answer on this socket needs to be read: a packet, and room in the accounts. */
export function answerNeeds(scene: Scene, sock: Sock): readonly Need[] {
  if (isOwn(scene, sock)) return relayNeeds(scene);
  const refusal = scene.probe.refusesSegment(sock);
  const packet = scene.packetFrom(sock.wire.link.peer);
  return refusal?.lack === "quota" ? [packet, scene.need("quota", 1, "TCP_MEM")] : [packet];
}
