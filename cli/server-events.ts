// Server-sent events as a coordinator sends them: one `id`, `event` and `data` each, between empty lines.

export interface ServerEvent {
  readonly id: string;
  /** Its data: JSON. */
  readonly text: string;
}

/** Those after `lastId`, until the stream ends, breaks, or is given up: who reads asks the coordinator which it was. */
export async function* eventsOf(
  url: URL,
  lastId: string,
  signal: AbortSignal,
): AsyncGenerator<ServerEvent> {
  try {
    const response = await fetch(url, { headers: { "last-event-id": lastId }, signal });
    const decoder = new TextDecoder();
    let rest = "";
    for await (const bytes of response.body ?? []) {
      rest += decoder.decode(bytes, { stream: true });
      const blocks = rest.split("\n\n");
      rest = blocks.pop() ?? "";
      yield* blocks.flatMap((block) => eventIn(block));
    }
  } catch {
    // Broken or given up.
  }
}

/** None: a comment that keeps the stream open. */
export function eventIn(block: string): ServerEvent[] {
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1];
  const [id, text] = [field("id"), field("data")];
  return id === undefined || text === undefined ? [] : [{ id, text }];
}
