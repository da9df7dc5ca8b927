// The page as `unwedge page` serves it, for as long as a test wants.

import { main } from "#cli/program.ts";
import { FakeIo } from "./fake-io.ts";

export interface PageServer {
  readonly url: string;
  /** Ends it, as Ctrl-C would; gives the command's exit code. */
  close(): Promise<number>;
}

export async function servePage(): Promise<PageServer> {
  const io = new FakeIo();
  let ended: Promise<number> = Promise.resolve(0);
  const url = await new Promise<string>((resolve, reject) => {
    const out = (text: string): void => resolve(text.split(" ")[0] ?? "");
    ended = main(["page", "--port", "0"], { ...io, out });
    ended.then((code) => reject(new Error(`it ended with ${code}: ${io.stderr}`)), reject);
  });
  return {
    url,
    close: () => {
      io.stop?.(130);
      return ended;
    },
  };
}
