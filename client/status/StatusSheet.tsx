/** Where everything stands, and what left this device. Fetched when it is first opened. */
import { createSignal, type JSX, onMount } from "solid-js";
import type { VaultStatus } from "#sync/status.ts";
import type { Vault } from "#sync/vault.ts";
import { t } from "../app/strings.ts";
import type { ChatRow } from "../bridge/createChats.ts";
import type { DeviceRows } from "../bridge/createDevices.ts";
import { w } from "../settings/words.ts";
import { Icon } from "../ui/Icon.tsx";
import { DeviceStates, Services, Unsent } from "./Services.tsx";
import { AnswersGiven, FollowedLinks } from "./AnswersGiven.tsx";
import { RelayView, StorageState } from "./StorageState.tsx";
import "../settings/settings.css";
import "./status.css";

export function StatusSheet(props: {
  vault: Vault;
  status: VaultStatus;
  chats: readonly ChatRow[];
  devices: DeviceRows;
  now: number;
  leave(): void;
}): JSX.Element {
  const [dialog, setDialog] = createSignal<HTMLDialogElement>();
  onMount(() => dialog()?.showModal());
  return (
    <dialog
      ref={setDialog}
      class="settings"
      aria-label={w.statusTitle}
      on:keydown={(event) => event.stopPropagation()}
      on:close={() => props.leave()}
      onClick={(event) => {
        if (event.target === event.currentTarget) event.currentTarget.close();
      }}
    >
      <div class="settings-sheet">
        <header class="settings-head">
          <h2>{w.statusTitle}</h2>
          <button
            type="button"
            class="ghost icon-only"
            aria-label={w.closeStatus}
            title={`${w.closeStatus} (Esc)`}
            onClick={() => dialog()?.close()}
          >
            <Icon name="close" />
          </button>
        </header>
        <div class="settings-body" tabindex="-1">
          <Services status={props.status} />
          <Unsent vault={props.vault} status={props.status} chats={props.chats} />
          <DeviceStates rows={props.devices.rows} now={props.now} />
          <section>
            <h3>{w.leftTitle}</h3>
            <p class="settings-note">{w.leftNote}</p>
            <AnswersGiven vault={props.vault} chats={props.chats} now={props.now} />
            <FollowedLinks now={props.now} />
            <p class="settings-note honest">{t.welcomeLimit}</p>
          </section>
          <RelayView />
          <StorageState />
        </div>
      </div>
    </dialog>
  );
}
