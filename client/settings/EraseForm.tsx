/** Deletes this device's copy, once a word is typed, and says before that what stays where. */
import { createSignal, createUniqueId, For, type JSX, Show } from "solid-js";
import type { Vault } from "#sync/vault.ts";
import { t } from "../app/strings.ts";
import { eraseHere } from "../data/erase.ts";
import { w } from "./words.ts";

export function EraseForm(props: { vault: Vault }): JSX.Element {
  const id = createUniqueId();
  const [isOpen, setIsOpen] = createSignal(false);
  const [typed, setTyped] = createSignal("");
  const [isWorking, setIsWorking] = createSignal(false);
  const isMeant = (): boolean => typed().trim().toLowerCase() === w.eraseWord;

  /** Read when the form is opened: what is true then is what is decided on. */
  const stays = (): readonly string[] => {
    const hasOthers = props.vault.devices().some(({ role, isThis }) => role === "device" && !isThis);
    const hasWords = props.vault.recovery.isSet();
    const { pending } = props.vault.status();
    return [
      ...(pending > 0 ? [w.erasePending(pending)] : []),
      ...(hasOthers ? [w.eraseOthers] : hasWords ? [w.eraseWordsLeft] : [w.eraseLast]),
      w.eraseHost,
      w.eraseFiles,
    ];
  };
  const erase = async (): Promise<void> => {
    if (!isMeant() || isWorking()) return;
    setIsWorking(true);
    await eraseHere(props.vault).catch(() => setIsWorking(false));
  };

  return (
    <div class="data-form">
      <p class="settings-note">{w.eraseNote}</p>
      <Show
        when={isOpen()}
        fallback={
          <button type="button" class="plain" aria-expanded="false" onClick={() => setIsOpen(true)}>
            {w.eraseBegin}
          </button>
        }
      >
        <form
          class="erase"
          onSubmit={(event) => {
            event.preventDefault();
            void erase();
          }}
        >
          <ul id={id} class="erase-stays">
            <For each={stays()}>{(says) => <li>{says}</li>}</For>
          </ul>
          <label class="erase-word">
            <span>{w.eraseType(w.eraseWord)}</span>
            <input
              ref={(field) => queueMicrotask(() => field.focus())}
              type="text"
              autocomplete="off"
              autocapitalize="off"
              spellcheck={false}
              aria-describedby={id}
              value={typed()}
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
          </label>
          <div class="settings-buttons">
            <button type="submit" class="plain grave" aria-disabled={!isMeant() || isWorking()}>
              {w.eraseDo}
            </button>
            <button
              type="button"
              class="plain"
              onClick={() => {
                setTyped("");
                setIsOpen(false);
              }}
            >
              {t.cancel}
            </button>
          </div>
        </form>
      </Show>
    </div>
  );
}
