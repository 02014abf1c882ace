/** The keys that work anywhere on the page. Where something is open over it, that has them first. */
import { actionOf, bindingOf, isTyped, type KeyAction } from "../platform/bindings.ts";

export function createPageKeys(acts: Readonly<Record<KeyAction, () => void>>): (event: KeyboardEvent) => void {
  return (event) => {
    const binding = bindingOf(event);
    const action = binding === null ? null : actionOf(binding);
    if (binding === null || action === null || event.isComposing) return;
    if (isTyped(binding) && isTyping(event.target)) return;
    // Esc closes what is open first.
    if (binding === "Escape" && (event.defaultPrevented || document.querySelector(":popover-open") !== null)) return;
    acts[action]();
    if (binding !== "Escape") event.preventDefault();
  };
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
}
