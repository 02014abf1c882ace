/** The ways into this device: the browser alone, a passphrase, a passkey. */
import { createSignal, For, type JSX, onMount, Show } from "solid-js";
import type { Preference } from "../platform/preferences.ts";
import { lockAfter, lockHidden } from "../unlock/autoLock.ts";
import type { WayIn } from "#sync/vaultLock.ts";
import type { Vault } from "#sync/vault.ts";
import { t } from "../app/strings.ts";
import { d } from "./words.ts";
import { addPasskey, canHavePasskey } from "../unlock/ways.ts";
import { LockDialog } from "../unlock/LockDialog.tsx";
import { sayError } from "./sayCode.ts";

export function WaysIn(props: { vault: Vault }): JSX.Element {
  const [ways, setWays] = createSignal<readonly WayIn[]>([]);
  const [says, setSays] = createSignal<string | null>(null);
  const [isAsking, setIsAsking] = createSignal(false);
  const [isWorking, setIsWorking] = createSignal(false);
  const refresh = (): void => void setWays(props.vault.lock.ways());
  onMount(refresh);
  const remove = async (id: string): Promise<string> => {
    await props.vault.lock.remove(id);
    return d.wayRemoved;
  };
  const attempt = async (work: () => Promise<string>): Promise<void> => {
    if (isWorking()) return;
    setIsWorking(true);
    setSays(null);
    try {
      setSays(await work());
    } catch (error) {
      setSays(sayError(error) ?? t.actionFailed);
    } finally {
      setIsWorking(false);
      refresh();
    }
  };
  const passkey = async (): Promise<string> => {
    const key = await addPasskey(t.appName);
    if (key === null) return t.passkeyNotUsed;
    if (key === "no-prf") return d.passkeyNone;
    await props.vault.lock.add(key, { isRequired: true });
    return d.passkeyIsSet;
  };
  return (
    <section>
      <h3>{d.waysIn}</h3>
      <ul class="way-list" aria-label={d.waysIn}>
        <For each={ways()}>
          {({ id, kind }) => (
            <li>
              <span>{d.wayKinds[kind]}</span>
              <Show when={ways().length > 1}>
                <button type="button" class="quiet" onClick={() => void attempt(remove.bind(null, id))}>
                  {d.wayRemove}
                </button>
              </Show>
            </li>
          )}
        </For>
      </ul>
      <p class="settings-note" role="status">
        {says()}
      </p>
      <div class="device-buttons">
        <button type="button" class="plain" onClick={() => setIsAsking(true)}>
          {d.wayAddPassphrase}
        </button>
        <Show when={canHavePasskey()}>
          <button type="button" class="plain" onClick={() => void attempt(passkey)}>
            {d.wayAddPasskey}
          </button>
        </Show>
      </div>
      <Show when={ways().every(({ kind }) => kind !== "platform")}>
        <Select label={d.lockAfter} preference={lockAfter} says={(choice) => d.lockAfterChoices[choice]} />
        <Select label={d.lockHidden} preference={lockHidden} says={(choice) => d.lockHiddenChoices[choice]} />
        <p class="settings-note">{d.lockNote}</p>
      </Show>
      <Show when={isAsking()}>
        <LockDialog
          vault={props.vault}
          leave={() => {
            setIsAsking(false);
            refresh();
          }}
        />
      </Show>
    </section>
  );
}

function Select<Choice extends string>(props: {
  label: string;
  preference: Preference<Choice>;
  says(choice: Choice): string;
}): JSX.Element {
  return (
    <label class="lock-choice">
      <span>{props.label}</span>
      <select
        value={props.preference.now()}
        onChange={(event) => {
          const chosen = props.preference.choices.find((choice) => choice === event.currentTarget.value);
          if (chosen !== undefined) props.preference.choose(chosen);
        }}
      >
        <For each={props.preference.choices}>{(choice) => <option value={choice}>{props.says(choice)}</option>}</For>
      </select>
    </label>
  );
}
