/** What can be asked for by a key or with a slash, and what the address asks for when the page comes up. */
import { type Accessor, createMemo, onCleanup, onMount } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import { isOffered } from "#sync/docs/templates.ts";
import type { Chats } from "../bridge/createChats.ts";
import type { TemplateList } from "../bridge/createTemplates.ts";
import type { SlashItem } from "../chat/slash.ts";
import type { KeyAction } from "../platform/bindings.ts";
import { onOpenedFiles } from "../platform/openedFiles.ts";
import { showToast } from "../ui/toasts.tsx";
import { tell } from "./createChatActions.ts";
import type { Drawer } from "./createDrawer.ts";
import { createPageKeys } from "./createPageKeys.ts";
import type { Sheets } from "./createSheets.ts";
import { isListRouted, routedChat, routedProject } from "./route.ts";
import { t } from "./strings.ts";
import { knownPrompts, setAskedPrompt } from "./toolPrompts.ts";

export function createCommands(options: {
  readonly chats: Chats;
  readonly templates: TemplateList;
  /** Of the chat that is shown, or is about to begin. */
  readonly project: Accessor<DocId | null>;
  readonly sheets: Sheets;
  readonly drawer: Drawer;
  choose(id: DocId | null): void;
  openTemporary(): Promise<unknown>;
  readonly isAnswering: Accessor<boolean>;
  stop(): void;
  /** There is an answer that could be copied. */
  readonly lastIsThere: Accessor<boolean>;
  copyLast(): void;
  copyLastCode(): void;
  tryLastAgain(): void;
  /** On or off, in the chat that is shown. */
  turnArtifacts(): void;
  /** From another app, for a chat that is still to begin; the person sends it. */
  take(shared: { readonly text: string; readonly files: readonly File[] }): void;
}): {
  readonly slash: Accessor<readonly SlashItem[]>;
  /** What each key does, for whoever asks without it. */
  readonly keyed: Readonly<Record<KeyAction, () => void>>;
} {
  const { chats, templates, sheets, drawer, choose, isAnswering, lastIsThere, copyLast } = options;
  const openTemporary = (): void => tell(options.openTemporary);
  const openSearch = (): void => sheets.setIsPaletteOpen(true);
  const openSettings = (): void => sheets.setSettings("look");

  const slash = createMemo((): readonly SlashItem[] => [
    ...templates.rows
      .filter((template) => isOffered(template, options.project()))
      .map(({ id, name, text }) => ({ id, name, says: text.slice(0, 120), template: text })),
    { id: "new", name: t.slashNew, says: t.newChat, act: () => choose(null) },
    { id: "temporary", name: t.slashTemporary, says: t.temporary, act: openTemporary },
    { id: "search", name: t.slashSearch, says: t.palette, act: openSearch },
    { id: "settings", name: t.slashSettings, says: t.settings, act: openSettings },
    { id: "artifact", name: t.slashArtifact, says: t.slashArtifactSays, act: options.turnArtifacts },
    { id: "prompts", name: t.slashPrompts, says: t.slashPromptsSays, act: () => setAskedPrompt("any") },
    ...knownPrompts().map((prompt) => ({
      id: `prompt ${prompt.server} ${prompt.name}`,
      // One word, as it is typed.
      name: `${prompt.server}/${prompt.name}`.replace(/\s+/g, "-"),
      says: prompt.says,
      act: () => void setAskedPrompt(prompt),
    })),
    ...(lastIsThere() ? [{ id: "copy", name: t.slashCopy, says: t.copyLastAnswer, act: copyLast }] : []),
  ]);

  const step = (by: 1 | -1): void => {
    const at = chats.rows.findIndex(({ id }) => id === routedChat());
    const next = chats.rows[at < 0 ? 0 : at + by];
    if (next !== undefined) choose(next.id);
  };
  const takeShare = async (): Promise<void> => {
    const { takeShared } = await import("../platform/shared.ts");
    const shared = await takeShared();
    history.replaceState(null, "", location.pathname);
    if (shared === null) return showToast({ says: t.shareLost });
    options.take(shared);
    focusMessage();
  };

  const keyed: Readonly<Record<KeyAction, () => void>> = {
    stop: () => {
      if (drawer.isOpen()) drawer.close();
      else if (isAnswering()) options.stop();
    },
    search: openSearch,
    newChat: () => choose(null),
    temporary: openTemporary,
    focusMessage,
    nextChat: () => step(1),
    previousChat: () => step(-1),
    sidebar: () => drawer.toggle(),
    // Where there is nothing to choose, there is no list.
    model: () => document.getElementById("models")?.click(),
    regenerate: options.tryLastAgain,
    copyLast: () => lastIsThere() && copyLast(),
    copyLastCode: options.copyLastCode,
    settings: openSettings,
    status: () => sheets.setIsStatusOpen(true),
    keys: () => sheets.setSettings("keys"),
    lock: () => sheets.lock().act(),
  };
  const onKeyDown = createPageKeys(keyed);

  onMount(() => {
    addEventListener("keydown", onKeyDown);
    onOpenedFiles((files) => {
      options.take({ text: "", files });
      focusMessage();
    });
    // A page on which nothing stands yet is there to be written on, at once. On a phone, the keyboard would cover it.
    const isBlank = routedChat() === null && routedProject() === null && !isListRouted();
    if (isBlank && document.activeElement === document.body && matchMedia("(pointer: fine)").matches) focusMessage();
    if (location.hash === "#/share") tell(takeShare);
    if (location.hash === "#/search") openSearch();
    onCleanup(() => removeEventListener("keydown", onKeyDown));
  });
  return { slash, keyed };
}

export function focusMessage(): void {
  document.getElementById("message")?.focus();
}
