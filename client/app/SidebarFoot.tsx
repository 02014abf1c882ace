/** Who answers, the words that nobody wrote down yet, and the ways to devices and settings. */
import { type JSX, Show } from "solid-js";
import type { VaultStatus } from "#sync/status.ts";
import type { DevicesPart } from "../devices/Devices.tsx";
import { keysFor, withKeys } from "../platform/bindings.ts";
import { Icon } from "../ui/Icon.tsx";
import { t } from "./strings.ts";

export function SidebarFoot(props: {
  status: VaultStatus;
  source: string | null;
  isHostThere: boolean;
  hasWords: boolean;
  openDevices(part: DevicesPart): void;
  openSettings(): void;
  openStatus(): void;
}): JSX.Element {
  const words = (): string => {
    if (props.status.host === null) return t.hostNone;
    return props.isHostThere ? (props.source ?? "") : t.hostAway;
  };
  return (
    <>
      <Show when={!props.hasWords && props.isHostThere}>
        <button type="button" class="words-reminder" aria-haspopup="dialog" onClick={() => props.openDevices("words")}>
          {t.wordsReminder}
        </button>
      </Show>
      <div class="sidebar-foot">
        <button
          type="button"
          class="host-line"
          classList={{ away: !props.isHostThere }}
          title={t.status}
          aria-haspopup="dialog"
          onClick={() => props.openStatus()}
        >
          <Icon name="host" />
          <span class="host-words">{words()}</span>
          <span class="unseen">{t.status}</span>
        </button>
        <button
          type="button"
          class="ghost icon-only"
          aria-label={t.devices}
          title={t.devices}
          aria-haspopup="dialog"
          onClick={() => props.openDevices("list")}
        >
          <Icon name="devices" />
        </button>
        <button
          type="button"
          class="ghost icon-only"
          aria-label={t.settings}
          title={withKeys(t.settings, "settings")}
          data-keys={keysFor("settings")}
          aria-haspopup="dialog"
          onClick={() => props.openSettings()}
        >
          <Icon name="settings" />
        </button>
      </div>
    </>
  );
}
