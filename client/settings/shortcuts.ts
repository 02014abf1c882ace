/** Every key that does something, for the page that lists them. */
import { t } from "../app/strings.ts";
import { keyName } from "../platform/keys.ts";

export interface Shortcut {
  readonly keys: string;
  readonly does: string;
}

export function shortcuts(): readonly Shortcut[] {
  return [
    { keys: keyName("K"), does: t.palette },
    { keys: keyName("O", { shift: true }), does: t.newChat },
    { keys: keyName(","), does: t.settings },
    { keys: keyName("L", { shift: true }), does: t.lockNow },
    { keys: "?", does: t.shortcuts },
    { keys: "Enter", does: t.send },
    { keys: "Shift+Enter", does: t.keyNewLine },
    { keys: "Esc", does: t.stopAnswering },
    { keys: "↑", does: t.keyEditLast },
    { keys: "/", does: t.slashCommands },
    { keys: "Tab", does: t.keyNextPlace },
    { keys: "← →", does: t.keyVersions },
    { keys: keyName("Enter"), does: t.save },
  ];
}
