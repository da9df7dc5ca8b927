// Which agent plays which host of a scenario, by their names: the same but for case and dashes, so that host B finds the
// container b, and B2 the second of `--scale b=3`, which is called unwedge-b-2 or b-2. Where a host has no agent of its name
// it takes the first of the numbered ones. No agent plays two hosts.

/** Agent by host; a host that is not in it has none. */
export function matchAgents(
  hosts: readonly string[],
  agents: readonly string[],
): ReadonlyMap<string, string> {
  const free = new Set([...agents].sort((a, b) => numberOf(a) - numberOf(b) || (a < b ? -1 : 1)));
  const found = new Map<string, string>();
  for (const rule of RULES)
    for (const host of hosts) {
      if (found.has(host)) continue;
      const agent = [...free].find((name) => rule(name) === rule(host) || rule(name) === host);
      if (agent === undefined) continue;
      found.set(host, agent);
      free.delete(agent);
    }
  return found;
}

const plain = (name: string): string => name.toLowerCase().replace(/[-_.]/g, "");
/** As Compose calls the containers of a project. */
const withoutProject = (name: string): string => name.replace(/^unwedge[-_]/i, "");
const withoutNumber = (name: string): string => withoutProject(name).replace(/[-_]\d+$/, "");
const numberOf = (name: string): number => Number(/\d+$/.exec(name)?.[0] ?? 0);

/** The closest first, each over all hosts, so that nobody is taken by a worse fit. */
const RULES: readonly ((name: string) => string)[] = [
  (name) => name,
  plain,
  (name) => plain(withoutProject(name)),
  (name) => plain(withoutNumber(name)),
];
