// What has arrived for a program and lies in its sockets until it is read.

import { pagesOf } from "#base/units.ts";
import type { Scene } from "./scene.ts";

interface Queue {
  /** Of the program. */
  readonly name: string;
  readonly socks: readonly { readonly rmemAllocBytes: number }[];
  /** The resource without which nobody reads. */
  readonly reader: string;
  /** Whether to read it is useful progress. */
  readonly isUseful?: boolean;
}

export function drawQueue(scene: Scene, { name, socks, reader, isUseful = false }: Queue): void {
  const unread = socks.map(({ rmemAllocBytes }) => rmemAllocBytes).filter((bytes) => bytes > 0);
  const pages = pagesOf(unread.reduce((sum, each) => sum + each, 0));
  if (pages === 0) return;
  scene.party({
    id: `queue:${name}`,
    name: `packets for ${scene.id(name)}`,
    text: `${pages} pages in ${unread.length} sockets, unread`,
    wants: [[scene.need(reader)]],
    holds: [{ resource: scene.id("page"), units: pages }],
    gives: [scene.id("quota")],
    isUseful,
  });
}
