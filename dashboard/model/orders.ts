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

/** The words that ask for a run. */
export function runWords({ scenario, variant, seed, policy, set }: RunWish): string[] {
  return [
    ...["./unwedge", "run", scenario],
    ...(variant === null ? [] : ["--variant", quoted(variant)]),
    ...(seed === null ? [] : ["--seed", String(seed)]),
    ...(policy === null ? [] : ["--policy", quoted(policy)]),
    ...set.flatMap((setting) => ["--set", quoted(setting)]),
  ];
}

export const runCommand = (wish: RunWish): string =>
  [...runWords(wish), "--engine", "cluster"].join(" ");

/** For a POSIX shell. */
export const quoted = (text: string): string =>
  /^[\w./=:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
