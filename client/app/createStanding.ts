/** Where the person is, as the page says it: which chat or project, what it is called, how far it has come, and who answers. */
import { type Accessor, createMemo } from "solid-js";
import type { HostInfo } from "#crypto/announcement.ts";
import type { ProjectEntry } from "#sync/docs/projectList.ts";
import type { DocStatus, VaultStatus } from "#sync/status.ts";
import type { Chats } from "../bridge/createChats.ts";
import type { ProjectRows } from "../bridge/createProjects.ts";
import { isBackendAway } from "../chat/words.ts";
import { type SyncState, syncStateOf } from "../chat/syncState.ts";
import { isLibraryRouted, isTasksRouted, routedChat, routedProject } from "./route.ts";
import { t } from "./strings.ts";

export interface Standing {
  /** The project whose page is shown. */
  readonly page: Accessor<ProjectEntry | null>;
  /** The one that the chat is in, or will be. */
  readonly project: Accessor<ProjectEntry | null>;
  readonly title: Accessor<string>;
  readonly sync: Accessor<SyncState>;
  readonly info: Accessor<HostInfo | null>;
  readonly isHostThere: Accessor<boolean>;
  readonly isGuide: Accessor<boolean>;
  /** What answers; `null`: no host has said. */
  readonly source: Accessor<string | null>;
}

export function createStanding(options: {
  readonly chats: Chats;
  readonly projects: ProjectRows;
  readonly status: Accessor<VaultStatus>;
  readonly doc: Accessor<DocStatus | null>;
  readonly isTemporary: Accessor<boolean>;
}): Standing {
  const { chats, projects, status, doc, isTemporary } = options;
  const row = createMemo(() => chats.row(routedChat()));
  const page = createMemo(() => projects.row(routedProject()));
  const project = createMemo(() => page() ?? projects.row(row()?.project ?? null));
  const sync = createMemo((): SyncState => {
    const state = syncStateOf(status(), doc());
    return isTemporary() && state.seal !== "broken" ? { seal: "device", words: t.sealNone, isForAll: true } : state;
  });
  const info = (): HostInfo | null => status().host?.info ?? null;
  return {
    page,
    project,
    // The tab keeps the app's name: browsers write page titles to their history and session files, and a chat's title is the owner's words.
    title: () => {
      if (isLibraryRouted() || isTasksRouted()) return isTasksRouted() ? t.tasks : t.artifacts;
      return isTemporary() ? t.temporary : (page()?.name ?? row()?.title ?? "");
    },
    sync,
    info,
    isHostThere: () => status().link === "live" && status().host?.live === true,
    isGuide: () => info()?.kind === "guide",
    source: () => {
      const host = info();
      if (host === null || host.kind === "guide") return host === null ? null : t.hostGuide;
      return isBackendAway(host) ? t.modelsAway : host.label;
    },
  };
}
