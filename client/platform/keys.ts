/** Keys as this machine's keyboard names them. */
const isApple = /mac|iphone|ipad/i.test(globalThis.navigator?.platform ?? "");

interface Held {
  readonly mod?: boolean;
  readonly alt?: boolean;
  readonly shift?: boolean;
}

/** With Ctrl, or Cmd on a Mac, unless it is said otherwise; the empty key is none. */
export function keyName(key: string, { mod = true, alt = false, shift = false }: Held = {}): string {
  if (key === "") return "";
  return isApple
    ? `${alt ? "⌥" : ""}${shift ? "⇧" : ""}${mod ? "⌘" : ""}${key}`
    : `${mod ? "Ctrl+" : ""}${alt ? "Alt+" : ""}${shift ? "Shift+" : ""}${key}`;
}
