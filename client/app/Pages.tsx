/** What may stand in the place of a conversation: all artifacts, all tasks, or a project. And beside it: one artifact. Each is fetched when it is first opened. */
import { type JSX, Show, Suspense } from "solid-js";
import type { HostInfo } from "#crypto/announcement.ts";
import type { DocId } from "#crypto/ids.ts";
import type { ProjectEntry } from "#sync/docs/projectList.ts";
import type { VaultStatus } from "#sync/status.ts";
import type { Vault } from "#sync/vault.ts";
import type { ChatRow } from "../bridge/createChats.ts";
import type { TemplateList } from "../bridge/createTemplates.ts";
import { isLibraryRouted, isTasksRouted, routedArtifact } from "./route.ts";
import { fetchedView } from "../ui/fetchedView.ts";

const Library = fetchedView(() => import("../artifacts/Library.tsx").then(({ Library }) => Library));
const TasksPage = fetchedView(() => import("../tasks/TasksPage.tsx").then(({ TasksPage }) => TasksPage));
const ArtifactPanel = fetchedView(() => import("../artifacts/Panel.tsx").then(({ ArtifactPanel }) => ArtifactPanel));
const ProjectPage = fetchedView(() => import("../projects/ProjectPage.tsx").then(({ ProjectPage }) => ProjectPage));

export function Pages(props: {
  vault: Vault;
  projects: readonly ProjectEntry[];
  /** The project whose page is shown. */
  page: ProjectEntry | null;
  chats: readonly ChatRow[];
  templates: TemplateList;
  info: HostInfo | null;
  now: number;
  openChat(id: DocId): void;
  onTake(take: ((files: readonly File[]) => void) | null): void;
}): JSX.Element {
  return (
    <div class="conversation">
      <div class="scroller">
        <Suspense>
          <Show when={isLibraryRouted()}>
            <Library vault={props.vault} projects={props.projects} now={props.now} />
          </Show>
          <Show when={isTasksRouted()}>
            <TasksPage vault={props.vault} projects={props.projects} now={props.now} />
          </Show>
          <Show when={props.page}>
            {(shown) => (
              <ProjectPage
                vault={props.vault}
                project={shown()}
                chats={props.chats}
                templates={props.templates}
                info={props.info}
                now={props.now}
                openChat={(id) => props.openChat(id)}
                onTake={(take) => props.onTake(take)}
              />
            )}
          </Show>
        </Suspense>
      </div>
    </div>
  );
}

export function BesideChat(props: {
  vault: Vault;
  status: VaultStatus;
  hasSeveral: boolean;
  isSeen: boolean;
  /** Puts words behind what is being written. */
  add(text: string): void;
  openChat(id: DocId): void;
  onCovers(isCovered: boolean): void;
}): JSX.Element {
  return (
    <Show when={routedArtifact()}>
      {(id) => (
        <Suspense>
          <ArtifactPanel
            vault={props.vault}
            id={id()}
            status={props.status}
            hasSeveral={props.hasSeveral}
            isSeen={props.isSeen}
            ask={(text) => props.add(text)}
            openChat={(chat) => props.openChat(chat)}
            onCovers={(isCovered) => props.onCovers(isCovered)}
          />
        </Suspense>
      )}
    </Show>
  );
}
