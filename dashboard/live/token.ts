// The token that changes need. It comes in the part of the address that no server is sent (`#token=…`), is taken out of the
// address at once, and is kept until the tab is closed.

const KEY = "unwedge-token";

export function takeToken(): void {
  const match = /^#token=([\w.~+/=-]{1,512})$/.exec(location.hash);
  if (match?.[1] === undefined) return;
  keepToken(match[1]);
  history.replaceState(null, "", location.pathname + location.search);
}

/** "": forget it. */
export const keepToken = (token: string): void => sessionStorage.setItem(KEY, token);

export const knownToken = (): string => sessionStorage.getItem(KEY) ?? "";
