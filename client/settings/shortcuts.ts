/** The keys of writing, which stay as they are everywhere: for the page that lists all keys. */
import { t } from "../app/strings.ts";
import { w } from "./words.ts";
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
          { keys: "Shift+Enter", does: w.keyNewLine },
        ]
      : [
          { keys: keyName("Enter"), does: t.send },
          { keys: "Enter", does: w.keyNewLine },
        ]),
    { keys: "↑", does: w.keyEditLast },
    { keys: "/", does: t.slashCommands },
    { keys: "@", does: w.keyWhoAnswers },
    { keys: "#", does: w.keyGoesAlong },
    { keys: "Tab", does: w.keyNextPlace },
    { keys: "← →", does: w.keyVersions },
    { keys: keyName("Enter"), does: t.save },
  ];
}
