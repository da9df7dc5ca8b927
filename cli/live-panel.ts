// A few lines of a terminal that are drawn again and again. Where nobody watches nothing is drawn.

import type { Io } from "./io.ts";

const HIDE_CURSOR = "\u001B[?25l";
const SHOW_CURSOR = "\u001B[?25h";
const CLEAR_BELOW = "\u001B[J";
const CLEAR_LINE_END = "\u001B[K";
/** Draw it all at once, where the terminal can; a line too long is cut, or going up again would miscount. */
const BEGIN_FRAME = "\u001B[?2026h\u001B[?7l";
const END_FRAME = "\u001B[?7h\u001B[?2026l";

export class LivePanel {
  readonly isLive: boolean;
  readonly #io: Pick<Io, "out">;
  #drawnLines = 0;
  #isCursorHidden = false;

  constructor(io: Pick<Io, "out" | "settings">) {
    this.#io = io;
    this.isLive = io.settings.isTerminal;
  }

  draw(lines: readonly string[]): void {
    if (!this.isLive) return;
    const hide = this.#isCursorHidden ? "" : HIDE_CURSOR;
    const body = lines.map((line) => `${line}${CLEAR_LINE_END}\n`).join("");
    this.#io.out(`${hide}${BEGIN_FRAME}${this.#home()}${body}${CLEAR_BELOW}${END_FRAME}`);
    this.#drawnLines = lines.length;
    this.#isCursorHidden = true;
  }

  /** Takes the lines away. */
  clear(): void {
    if (this.#drawnLines > 0) this.#io.out(`${this.#home()}${CLEAR_BELOW}`);
    this.#drawnLines = 0;
  }

  /** The terminal is as it was. May be called twice. */
  close(): void {
    this.clear();
    if (this.#isCursorHidden) this.#io.out(SHOW_CURSOR);
    this.#isCursorHidden = false;
  }

  #home(): string {
    return this.#drawnLines === 0 ? "" : `\r\u001B[${this.#drawnLines}A`;
  }
}
