/** Where everything stands, and what left this device. Fetched when it is first opened. */
import type { JSX } from "solid-js";
import type { VaultStatus } from "#sync/status.ts";
import type { Vault } from "#sync/vault.ts";
import { t } from "../app/strings.ts";
import type { ChatRow } from "../bridge/createChats.ts";
import type { DeviceRows } from "../bridge/createDevices.ts";
import { Sheet } from "../settings/Sheet.tsx";
import { w } from "../settings/words.ts";
import { DeviceStates, Services, Unsent } from "./Services.tsx";
import { AnswersGiven, FollowedLinks } from "./AnswersGiven.tsx";
import { IndexRows } from "./IndexRows.tsx";
import { RelayView, StorageState } from "./StorageState.tsx";
import "./status.css";

export function StatusSheet(props: {
  vault: Vault;
  status: VaultStatus;
  chats: readonly ChatRow[];
  devices: DeviceRows;
  now: number;
  leave(): void;
}): JSX.Element {
  return (
    <Sheet title={w.statusTitle} closeLabel={w.closeStatus} leave={() => props.leave()}>
      <Services status={props.status} now={props.now} />
      <Unsent vault={props.vault} status={props.status} chats={props.chats} />
      <IndexRows vault={props.vault} now={props.now} />
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
    </Sheet>
  );
}
