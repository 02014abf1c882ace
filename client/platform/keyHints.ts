/**
 * While Ctrl (Cmd on a Mac) is held alone for a moment, what it can be followed by is shown beside the things themselves: elements
 * with `data-keys` show them (parts.css).
 */

/** Longer than it is held on the way to a shortcut. */
const holdMs = 600;

export function showKeyHints(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hide = (): void => {
    clearTimeout(timer);
    delete document.documentElement.dataset["hints"];
  };
  document.addEventListener("keydown", (event) => {
    const isAlone = (event.key === "Control" || event.key === "Meta") && !event.shiftKey && !event.altKey;
    if (!isAlone) return hide();
    if (event.repeat) return;
    clearTimeout(timer);
    timer = setTimeout(() => (document.documentElement.dataset["hints"] = ""), holdMs);
  });
  document.addEventListener("keyup", hide);
  addEventListener("blur", hide);
  addEventListener("pointerdown", hide);
}
