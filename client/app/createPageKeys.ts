/** The keys that work anywhere on the page. Where something is open over it, that has them first. */
import type { SettingsPart } from "../settings/Settings.tsx";

export function createPageKeys(act: {
  escape(): void;
  search(): void;
  newChat(): void;
  settings(part: SettingsPart): void;
  lock(): void;
}): (event: KeyboardEvent) => void {
  return (event) => {
    const key = event.key.toLowerCase();
    const isCommand = (event.ctrlKey || event.metaKey) && !event.altKey;
    if (key === "escape") {
      if (!event.defaultPrevented && document.querySelector(":popover-open") === null) act.escape();
      return;
    }
    if (isCommand && key === "k" && !event.shiftKey) act.search();
    else if (isCommand && key === "o" && event.shiftKey) act.newChat();
    else if (isCommand && key === "l" && event.shiftKey) act.lock();
    else if (isCommand && key === ",") act.settings("look");
    else if (key === "?" && !isTyping(event.target)) act.settings("keys");
    else return;
    event.preventDefault();
  };
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
}
