/**
 * Where what has the focus is taken out of the page (an answer that is asked anew, a button that did its work, a line that is deleted), what stands
 * in its place takes it: whoever works by keys or listens stays where they were, and is not sent back to the beginning of the page. And a field
 * that has the focus has a caret.
 */

/** What may take it: no field, since words that were meant for elsewhere would be typed there, and a phone would open its keyboard. */
const takers = 'a[href], button:not(:disabled), summary, [tabindex]:not([tabindex="-1"]), [data-message]';
/** What stands in one of these is no neighbour of what stands in another. */
const regions = "main, nav, dialog, form, .toasts, [popover], body";

interface Step {
  readonly parent: Element;
  readonly place: number;
}

export function keepFocus(): () => void {
  let focused: HTMLElement | null = null;
  /** From the element that has the focus up to its region, with each one's place among its siblings. */
  let trail: readonly Step[] = [];
  /** What had it before, in another region. */
  let before: HTMLElement | null = null;
  /** Where it was in a field that was left. */
  const carets = new WeakMap<Element, readonly [number | null, number | null]>();
  /** A dialog had the focus, and no field has had it since. */
  let isCaretLost = false;
  let frame = 0;
  const stop = new AbortController();
  const { signal } = stop;

  const isLost = (): boolean =>
    focused !== null && document.activeElement === document.body && !(focused.isConnected && focused.checkVisibility());

  const onFocus = ({ target, relatedTarget }: FocusEvent): void => {
    if (!(target instanceof HTMLElement)) return;
    const region = target.closest(regions);
    if (relatedTarget instanceof HTMLElement && relatedTarget.closest(regions) !== region) before = relatedTarget;
    const cameFromDialog = focused !== null && isOver(focused);
    if (cameFromDialog) isCaretLost = true;
    if (isCaretLost && isField(target) && !isOver(target)) {
      isCaretLost = false;
      // Whoever goes there later may have put the caret where it is.
      const take = (): void => takeCaret(target, cameFromDialog ? carets.get(target) : undefined);
      // Letters may follow at once; where the browser gives the focus itself, its selection comes after this turn.
      queueMicrotask(take);
      requestAnimationFrame(take);
    }
    focused = target;
    trail = trailOf(target, region);
  };
  const onBlur = ({ target }: FocusEvent): void => {
    if (isField(target)) carets.set(target, [target.selectionStart, target.selectionEnd]);
    // Nobody has it any more, by a click beside everything: that is no loss.
    queueMicrotask(() => {
      if (document.activeElement === document.body && document.hasFocus() && !isLost()) focused = null;
    });
  };
  const restore = (): void => {
    frame = 0;
    if (!isLost()) return;
    focused = null;
    const next = neighbour(trail) ?? before;
    const to = next !== null && canTake(next) ? next : document.getElementById("message");
    // A phone would open its keyboard for a field.
    if (to?.matches("input, textarea") !== true || matchMedia("(pointer: fine)").matches)
      to?.focus({ preventScroll: true });
  };

  document.addEventListener("focusin", onFocus, { signal });
  document.addEventListener("focusout", onBlur, { signal });
  // In the next frame but one: whoever takes something away may know better who is to have the focus.
  const watch = new MutationObserver(() => {
    if (frame !== 0 || !isLost()) return;
    frame = requestAnimationFrame(() => (frame = requestAnimationFrame(restore)));
  });
  watch.observe(document.body, { childList: true, subtree: true, attributeFilter: ["hidden"] });
  return () => {
    stop.abort();
    watch.disconnect();
    cancelAnimationFrame(frame);
  };
}

const isOver = (element: Element): boolean => element.closest("dialog, [popover]") !== null;

/**
 * Chromium gives a field the focus back without its caret when a dialog closes in which something was typed: letters would then go nowhere.
 * It stands where it stood when the field was left. Where no dialog closed, the selection is the browser's: all of a field's
 * words, when somebody comes to it by Tab.
 */
function takeCaret(element: HTMLElement, caret: readonly [number | null, number | null] | undefined): void {
  if (!isField(element) || document.activeElement !== element) return;
  const now = [element.selectionStart, element.selectionEnd] as const;
  const [start, end] = now[0] === 0 && now[1] === 0 && caret !== undefined ? caret : now;
  if (start !== null) element.setSelectionRange(start, end);
}

const isField = (target: EventTarget | null): target is HTMLInputElement | HTMLTextAreaElement =>
  target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement;

function trailOf(element: Element, region: Element | null): Step[] {
  const steps: Step[] = [];
  for (let at: Element | null = element; at !== null && at !== region; at = at.parentElement) {
    const parent = at.parentElement;
    if (parent !== null) steps.push({ parent, place: Array.prototype.indexOf.call(parent.children, at) });
  }
  return steps;
}

/** The nearest that is left: in the same place, else in the one before it, else what all of it stood in. */
function neighbour(trail: readonly Step[]): HTMLElement | null {
  for (const { parent, place } of trail) {
    if (!parent.isConnected) continue;
    for (const at of [place, place - 1]) {
      const taker = parent.children[at] === undefined ? null : takerIn(parent.children[at]);
      if (taker !== null) return taker;
    }
    if (parent instanceof HTMLElement && parent.matches(takers) && canTake(parent)) return parent;
  }
  return null;
}

function takerIn(element: Element): HTMLElement | null {
  const all = element.matches(takers) ? [element] : [...element.querySelectorAll(takers)];
  return all.find((each): each is HTMLElement => each instanceof HTMLElement && canTake(each)) ?? null;
}

const canTake = (element: HTMLElement): boolean =>
  element.isConnected && element.checkVisibility({ visibilityProperty: true }) && element.closest("[inert]") === null;
