/** Keys as this machine's keyboard names them. */
const isApple = /mac|iphone|ipad/i.test(navigator.platform);

export function keyName(key: string, options?: { readonly shift: boolean }): string {
  const isShifted = options?.shift === true;
  return isApple ? `${isShifted ? "⇧" : ""}⌘${key}` : `Ctrl+${isShifted ? "Shift+" : ""}${key}`;
}
