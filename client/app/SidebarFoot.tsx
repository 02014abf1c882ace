/** Who answers, and the way to the settings. */
import type { JSX } from "solid-js";
import type { VaultStatus } from "#sync/status.ts";
import { Icon } from "../ui/Icon.tsx";
import { t } from "./strings.ts";

export function SidebarFoot(props: {
  status: VaultStatus;
  source: string | null;
  isHostThere: boolean;
  openSettings(): void;
}): JSX.Element {
  const words = (): string => {
    if (props.status.host === null) return t.hostNone;
    return props.isHostThere ? (props.source ?? "") : t.hostAway;
  };
  return (
    <div class="sidebar-foot">
      <p class="host-line" classList={{ away: !props.isHostThere }}>
        {words()}
      </p>
      <button
        type="button"
        class="ghost icon-only"
        aria-label={t.settings}
        title={t.settings}
        aria-haspopup="dialog"
        onClick={() => props.openSettings()}
      >
        <Icon name="settings" />
      </button>
    </div>
  );
}
