/** What lies over the page, each part fetched when it is first opened. */
import { type JSX, Show, Suspense } from "solid-js";
import type { Vault } from "#sync/vault.ts";
import type { VaultStatus } from "#sync/status.ts";
import type { Chats } from "../bridge/createChats.ts";
import type { DeviceRows } from "../bridge/createDevices.ts";
import type { ProjectRows } from "../bridge/createProjects.ts";
import type { TemplateList } from "../bridge/createTemplates.ts";
import { Palette } from "../search/Palette.tsx";
import type { GivenPrompt } from "../tools/PromptsDialog.tsx";
import type { PaletteSources } from "../search/paletteCommands.ts";
import type { ListActions } from "./createListActions.ts";
import type { Sheets as OpenSheets } from "./createSheets.ts";
import { askedPrompt, setAskedPrompt } from "./toolPrompts.ts";
import { fetchedView } from "../ui/fetchedView.ts";

const Settings = fetchedView(() => import("../settings/Settings.tsx").then(({ Settings }) => Settings));
const StatusSheet = fetchedView(() => import("../status/StatusSheet.tsx").then(({ StatusSheet }) => StatusSheet));
const Devices = fetchedView(() => import("../devices/Devices.tsx").then(({ Devices }) => Devices));
const LockDialog = fetchedView(() => import("../unlock/LockDialog.tsx").then(({ LockDialog }) => LockDialog));

const MoveDialog = fetchedView(() => import("../projects/MoveDialog.tsx").then(({ MoveDialog }) => MoveDialog));
const PromptsDialog = fetchedView(() =>
  import("../tools/PromptsDialog.tsx").then(({ PromptsDialog }) => PromptsDialog),
);
const ExportDialog = fetchedView(() => import("../settings/ExportDialog.tsx").then(({ ExportDialog }) => ExportDialog));

export function Sheets(props: {
  vault: Vault;
  list: ListActions;
  projects: ProjectRows;
  open: OpenSheets;
  chats: Chats;
  devices: DeviceRows;
  templates: TemplateList;
  status: VaultStatus;
  now: number;
  /** Beside what is being written. */
  putPrompt(given: GivenPrompt): void;
  /** What search and commands do on the page itself. */
  acts: Pick<PaletteSources, "shown" | "openChat" | "openMessage" | "openTemporary" | "stop" | "copyLast" | "keyed">;
}): JSX.Element {
  return (
    <>
      <Show when={props.open.settings()}>
        {(part) => (
          <Suspense>
            <Settings
              vault={props.vault}
              templates={props.templates}
              part={part()}
              lock={props.open.lock()}
              leave={() => props.open.setSettings(null)}
            />
          </Suspense>
        )}
      </Show>
      <Show when={props.open.devices()}>
        {(part) => (
          <Suspense>
            <Devices
              vault={props.vault}
              devices={props.devices}
              part={part()}
              now={props.now}
              leave={() => props.open.setDevices(null)}
            />
          </Suspense>
        )}
      </Show>
      <Show when={props.open.isStatusOpen()}>
        <Suspense>
          <StatusSheet
            vault={props.vault}
            status={props.status}
            chats={props.chats.rows}
            devices={props.devices}
            now={props.now}
            leave={() => props.open.setIsStatusOpen(false)}
          />
        </Suspense>
      </Show>
      <Show when={props.open.isPaletteOpen()}>
        <Palette
          {...props.acts}
          vault={props.vault}
          chats={props.chats.rows}
          leave={() => props.open.setIsPaletteOpen(false)}
          openSettings={(part) => props.open.setSettings(part)}
          openDevices={(part) => props.open.setDevices(part)}
          openStatus={() => props.open.setIsStatusOpen(true)}
          lock={props.open.lock()}
        />
      </Show>
      <Show when={props.list.moving().length > 0}>
        <Suspense>
          <MoveDialog
            vault={props.vault}
            chats={props.list.moving()}
            projects={props.projects.rows}
            leave={() => props.list.move([])}
          />
        </Suspense>
      </Show>
      <Show when={props.list.exported()}>
        {(id) => (
          <Suspense>
            <ExportDialog
              vault={props.vault}
              chat={id()}
              title={props.chats.row(id())?.title ?? ""}
              leave={() => props.list.export(null)}
            />
          </Suspense>
        )}
      </Show>
      <Show when={askedPrompt()} keyed>
        {(asked) => (
          <Suspense>
            <PromptsDialog
              vault={props.vault}
              chosen={asked === "any" ? null : asked}
              put={(given) => {
                setAskedPrompt(null);
                props.putPrompt(given);
              }}
              leave={() => setAskedPrompt(null)}
            />
          </Suspense>
        )}
      </Show>
      <Show when={props.open.isLockOpen()}>
        <Suspense>
          <LockDialog vault={props.vault} leave={() => props.open.setIsLockOpen(false)} />
        </Suspense>
      </Show>
    </>
  );
}
