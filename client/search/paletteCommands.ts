/** What can be done from the palette, in the order in which it stands there. */
import type { DocId } from "#crypto/ids.ts";
import type { Vault } from "#sync/vault.ts";
import { goToLibrary, goToTasks } from "../app/route.ts";
import { t } from "../app/strings.ts";
import { s } from "./words.ts";
import type { ChatRow } from "../bridge/createChats.ts";
import { type KeyAction, keysFor } from "../platform/bindings.ts";
import { chooseTheme, themeChoice, themeChoices } from "../platform/theme.ts";
import { w } from "../settings/words.ts";
import type { Command } from "./commands.ts";

export interface PaletteSources {
  vault: Vault;
  shown: DocId | null;
  chats: readonly ChatRow[];
  openChat(id: DocId | null): void;
  openMessage(target: { chat: DocId; message: string; words: readonly string[] }): void;
  openSettings(part: "look" | "keys"): void;
  openDevices(part: "list" | "add" | "words"): void;
  openTemporary(): void;
  openStatus(): void;
  /** `null`: there is nothing to stop, or to copy. */
  stop: (() => void) | null;
  copyLast: (() => void) | null;
  lock: Pick<Command, "label" | "act">;
  /** What keys do that has no place of its own here. */
  keyed: Readonly<Record<KeyAction, () => void>>;
}

/** They move about the page, and nothing else here does. */
const keyedOnly: readonly KeyAction[] = ["model", "sidebar", "previousChat", "nextChat", "focusMessage"];

export function paletteCommands(on: PaletteSources): readonly Command[] {
  const keyed = (action: KeyAction): Command => ({
    id: `key-${action}`,
    label: w.keyActions[action],
    keys: keysFor(action),
    // The field gives the focus back first.
    act: () => queueMicrotask(on.keyed[action]),
  });

  return [
    { id: "new", label: t.newChat, keys: keysFor("newChat"), act: () => on.openChat(null) },
    { id: "temporary", label: t.temporary, keys: keysFor("temporary"), act: () => on.openTemporary() },
    { id: "artifacts", label: t.artifacts, act: goToLibrary },
    { id: "tasks", label: t.tasks, act: goToTasks },
    ...(on.stop === null ? [] : [{ id: "stop", label: s.stopAnswering, keys: keysFor("stop"), act: on.stop }]),
    ...(on.copyLast === null
      ? []
      : [{ id: "copy", label: t.copyLastAnswer, keys: keysFor("copyLast"), act: on.copyLast }]),
    ...(on.copyLast === null ? [] : [keyed("regenerate"), keyed("copyLastCode")]),
    { id: "lock", ...on.lock, keys: keysFor("lock") },
    { id: "add-device", label: t.addDevice, act: () => on.openDevices("add") },
    { id: "devices", label: t.devices, act: () => on.openDevices("list") },
    { id: "words", label: t.wordsSection, act: () => on.openDevices("words") },
    { id: "status", label: t.status, keys: keysFor("status"), act: () => on.openStatus() },
    { id: "settings", label: t.settings, keys: keysFor("settings"), act: () => on.openSettings("look") },
    { id: "keys", label: t.shortcuts, keys: keysFor("keys"), act: () => on.openSettings("keys") },
    ...keyedOnly.map(keyed),
    ...themeChoices.map((choice) => ({
      id: `theme-${choice}`,
      label: s.themeIs(t.themes[choice]),
      isMarked: themeChoice() === choice,
      act: () => chooseTheme(choice),
    })),
  ];
}
