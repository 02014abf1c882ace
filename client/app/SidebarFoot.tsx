/** Who answers, where the whole vault stands, and light or dark. */
import { For, type JSX } from "solid-js";
import type { VaultStatus } from "#sync/status.ts";
import { chooseTheme, themeChoice, themeChoices } from "../platform/theme.ts";
import { t } from "./strings.ts";

export function SidebarFoot(props: { status: VaultStatus; source: string | null; isHostThere: boolean }): JSX.Element {
  const words = (): string => {
    if (props.status.host === null) return t.hostNone;
    return props.isHostThere ? (props.source ?? "") : t.hostAway;
  };
  return (
    <div class="sidebar-foot">
      <p class="host-line" classList={{ away: !props.isHostThere }}>
        {words()}
      </p>
      <fieldset class="themes">
        <legend class="unseen">{t.theme}</legend>
        <For each={themeChoices}>
          {(choice) => (
            <label>
              <input
                type="radio"
                name="theme"
                value={choice}
                checked={themeChoice() === choice}
                onChange={() => chooseTheme(choice)}
              />
              <span>{t.themes[choice]}</span>
            </label>
          )}
        </For>
      </fieldset>
    </div>
  );
}
