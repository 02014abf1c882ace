/** What the next question is made of: the words given to it, its files, what it names, the model that is to answer, and what is let go over the page. */
import { type Accessor, createSignal } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { VaultStatus } from "#sync/status.ts";
import type { Vault } from "#sync/vault.ts";
import type { Chats } from "../bridge/createChats.ts";
import type { Thread } from "../bridge/createThread.ts";
import { createFileDrop } from "../chat/files/createFileDrop.ts";
import { createFileTray, type FileTray } from "../chat/files/createFileTray.ts";
import { showToast } from "../ui/toasts.tsx";
import { createMentions, type Mentions } from "./createMentions.ts";
import { createModelChoice } from "./createModelChoice.ts";
import type { Standing } from "./createStanding.ts";
import { routedChat } from "./route.ts";
import { t } from "./strings.ts";

export interface Composing {
  /** Words that are to stand in the field; said anew each time. */
  readonly given: Accessor<string | null>;
  give(text: string): void;
  /** Behind what is being written. */
  add(text: string): void;
  readonly tray: FileTray;
  readonly choice: ReturnType<typeof createModelChoice>;
  readonly mentions: Mentions;
  /** Something is held over the page. */
  readonly isOver: Accessor<boolean>;
  /** Where files may be let go. */
  watchDrops(element: HTMLElement): void;
  /** On a project's page, files that are let go become the project's. */
  takeForProject(take: ((files: readonly File[]) => void) | null): void;
}

export function createComposing(options: {
  readonly vault: Vault;
  readonly chats: Chats;
  readonly thread: Accessor<Thread | null>;
  readonly status: Accessor<VaultStatus>;
  readonly standing: Standing;
  readonly isTemporary: Accessor<boolean>;
}): Composing {
  const { vault, chats, thread, status, standing, isTemporary } = options;
  const [given, give] = createSignal<string | null>(null, { equals: false });
  const [target, watchDrops] = createSignal<HTMLElement>();
  let takeForProject: ((files: readonly File[]) => void) | null = null;

  const choice = createModelChoice({
    vault,
    chat: routedChat,
    thread,
    info: standing.info,
    hostName: () => {
      const host = status().host;
      return host === null ? "" : (vault.nameOf(host.id) ?? "");
    },
    ofProject: () => standing.project()?.model ?? "",
  });
  const tray = createFileTray({
    vault: vault.files,
    chat: routedChat,
    refusal: () => (isTemporary() ? t.temporaryNoFiles : null),
  });
  const mentions = createMentions({
    ...{ vault, chats, tray, isTemporary },
    chat: routedChat,
    project: (): DocId | null => standing.project()?.id ?? null,
    models: choice.forPicker,
  });
  const drop = createFileDrop({
    target,
    add: (files) => (standing.page() === null ? tray.add : (takeForProject ?? tray.add))(files),
    onFolder: () => showToast({ says: t.noFolders }),
  });

  return {
    given,
    give,
    add: (text) => {
      const typed = document.querySelector<HTMLTextAreaElement>("#message")?.value ?? "";
      give(typed.trim() === "" ? text : `${typed}\n\n${text}`);
    },
    tray,
    choice,
    mentions,
    isOver: drop.isOver,
    watchDrops,
    takeForProject: (take) => {
      takeForProject = take;
    },
  };
}
