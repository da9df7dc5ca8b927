// What a person may ask of a cluster that is up, and the command that would ask the same.

export interface FaultWish {
  readonly name: string;
  readonly target: string;
  /** `delay`, `200 ms`. */
  readonly args: readonly (readonly [name: string, value: string])[];
  readonly leaseS: number;
}

export interface RunWish {
  readonly scenario: string;
  readonly variant: string | null;
  readonly seed: number | null;
  /** null: as the scenario has it. */
  readonly policy: string | null;
  /** `path=value`, as `--set`. */
  readonly set: readonly string[];
}

export function faultCommand({ name, target, args, leaseS }: FaultWish): string {
  const values = args.flatMap(([arg, value]) => ["--with", quoted(`${arg}=${value}`)]);
  return [
    ...`./unwedge fault add ${name}`.split(" "),
    quoted(target),
    "--for",
    leaseS,
    ...values,
  ].join(" ");
}

export const healCommand = (id: string | null): string =>
  `./unwedge fault heal${id === null ? "" : ` ${quoted(id)}`}`;

/** The same run on its own; on the cluster it is the request of this body. */
export function runCommand(wish: RunWish): string {
  const { set, ...named } = wish;
  const settings = set.length === 0 ? null : set;
  const said = Object.entries({ ...named, set: settings }).filter(([, value]) => value !== null);
  return `curl -X POST URL/api/v1/runs -H "Authorization: Bearer TOKEN" -H "Idempotency-Key: once" -H "Content-Type: application/json" -d ${quoted(JSON.stringify(Object.fromEntries(said)))}`;
}

/** For a POSIX shell. */
export const quoted = (text: string): string =>
  /^[\w./=:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
