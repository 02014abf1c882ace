/** The keys of writing, which stay as they are everywhere: for the page that lists all keys. */
import { t } from "../app/strings.ts";
import { keyName } from "../platform/keys.ts";
import { enterKey } from "../platform/preferences.ts";

export interface Shortcut {
  readonly keys: string;
  readonly does: string;
}

export function fixedKeys(): readonly Shortcut[] {
  return [
    ...(enterKey.now() === "sends"
      ? [
          { keys: "Enter", does: t.send },
          { keys: "Shift+Enter", does: t.keyNewLine },
        ]
      : [
          { keys: keyName("Enter"), does: t.send },
          { keys: "Enter", does: t.keyNewLine },
        ]),
    { keys: "↑", does: t.keyEditLast },
    { keys: "/", does: t.slashCommands },
    { keys: "@", does: t.keyWhoAnswers },
    { keys: "#", does: t.keyGoesAlong },
    { keys: "Tab", does: t.keyNextPlace },
    { keys: "← →", does: t.keyVersions },
    { keys: keyName("Enter"), does: t.save },
  ];
}
