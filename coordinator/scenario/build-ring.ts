// From the `ring` section to the part each of its nodes has in it.

import { PAGE_BYTES } from "#base/units.ts";
import {
  MEMBER_DEFAULTS,
  MEMBERS_MAX,
  type MemberSpec,
  RING_TIMES,
  type RingTimesName,
} from "#kernel/index.ts";
import { bytesOf, defined, type Findings } from "./build-context.ts";
import type { RingSource } from "./schema.ts";
import type { Host } from "./vocabulary.ts";

/** null: it is in none. */
export function buildMember(name: string, source: RingSource | null): MemberSpec | null {
  if (source === null || !source.members.includes(name)) return null;
  const { members, lock = [], times, locked, critical, memory } = source;
  return {
    ...MEMBER_DEFAULTS,
    ...defined({
      times: isTimes(times) ? RING_TIMES[times] : undefined,
      locked,
      isCritical: critical,
      memoryBytes: memory === undefined ? undefined : (bytesOf(memory, 0) ?? undefined),
    }),
    ring: members,
    lock,
  };
}

const isTimes = (name: string | undefined): name is RingTimesName =>
  name !== undefined && Object.hasOwn(RING_TIMES, name);

export function checkRing(
  source: RingSource | null,
  hosts: readonly Host[],
  findings: Findings,
): void {
  if (source === null) return;
  const { members, lock = [], memory } = source;
  const of = (...roles: string[]): string[] =>
    hosts.filter(({ role }) => roles.includes(role)).map(({ name }) => name);
  const nodes = of("machine", "swap-server");
  members.forEach((member, i) => {
    if (!nodes.includes(member))
      findings.unknown(["ring", "members", i], "machine or swap server", member, nodes);
    if (members.indexOf(member) < i)
      findings.add(["ring", "members", i], `${member} is in the ring already`);
  });
  if (members.length > MEMBERS_MAX)
    findings.add(["ring", "members"], `${members.length} members; ${MEMBERS_MAX} at most`);
  const servers = of("swap-server").filter((server) => members.includes(server));
  lock.forEach((server, i) => {
    if (!servers.includes(server))
      findings.unknown(["ring", "lock", i], "swap server in the ring", server, servers);
  });
  const bytes = memory === undefined ? null : bytesOf(memory, 0);
  if (bytes !== null && bytes % PAGE_BYTES > 0)
    findings.add(["ring", "memory"], `${memory} is not whole pages of 4 KiB`);
}
