// A node at work: obeys its controller, says now and then that it is alive, and ends when the controller is gone.

import { decodeNumbered } from "#wire/control/decode.ts";
import type { ControlChannel } from "./control-channel.ts";
import { Node } from "./node.ts";

/** Often enough that silence of a second means something. */
const ALIVE_EVERY_MS = 250;

/** Until it is told to stop or its controller is gone. */
export async function serve(channel: ControlChannel): Promise<void> {
  const node = new Node((report) => channel.send(report));
  const heartbeat = setInterval(
    () => channel.send({ type: "alive", atNs: node.nowNs }),
    ALIVE_EVERY_MS,
  );
  await new Promise<void>((end) => {
    channel.onGone(end);
    // One order after the other, in the order they came.
    let last: Promise<void> = Promise.resolve();
    channel.onMessage((message) => {
      last = last.then(async () => {
        if (await answer(node, channel, message)) end();
      });
    });
  });
  clearInterval(heartbeat);
  node.close();
  channel.close();
}

/** Whether it was the last one. */
async function answer(node: Node, channel: ControlChannel, message: unknown): Promise<boolean> {
  const numbered = decodeNumbered(message);
  if (numbered === null) return false;
  const { n, command } = numbered;
  try {
    channel.send({ type: "answer", n, answer: await node.obey(command) });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    channel.send({ type: "answer", n, answer: { type: "failed", message: text } });
  }
  return command.type === "stop";
}
