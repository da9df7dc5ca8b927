// A's service on a port of this host, under no pressure, for clients that are no machines of ours.

import { runOn, scenarioOf, socketsRun } from "./sockets.ts";

export interface Served<T> {
  readonly said: T;
  /** Requests that the service has answered, by A's own count. */
  readonly requests: number;
  /** What stopped the run before its time, or null. */
  readonly broken: string | null;
}

/** From when the service is there until `use` is done with its address. */
export async function whileServing<T>(use: (url: string) => Promise<T>): Promise<Served<T>> {
  const { run } = socketsRun(scenarioOf("test/fixtures/serving.yaml", null), {
    foreign: [{ host: "B", address: "127.0.0.1", port: null }],
  });
  const service = () => run.fleet.sample("A")?.tasks.find(({ name }) => name === "svc");
  const sampledAtNs = (): number => run.fleet.sample("A")?.atNs ?? 0;
  const anotherSample = (): Promise<void> => {
    const beforeNs = sampledAtNs();
    return runOn(run, () => sampledAtNs() > beforeNs);
  };
  try {
    await run.start();
    await runOn(run, () => service() !== undefined);
    const at = run.addresses.find(({ host }) => host === "A");
    const said = await use(`http://${at?.address}:${at?.tcp[0]?.[1]}/`);
    // The first sample may have been taken before the last answer.
    await anotherSample();
    await anotherSample();
    return { said, requests: service()?.values["requests"] ?? 0, broken: run.broken };
  } finally {
    await run.close();
  }
}
