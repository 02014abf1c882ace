/** Asks for the passphrase that this device is to be locked with, twice, since nobody can look it up again. */
import { createSignal, type JSX, onMount, Show } from "solid-js";
import type { Vault } from "#sync/vault.ts";
import { sayVaultError } from "../app/sayVault.ts";
import { t } from "../app/strings.ts";
import { u } from "./words.ts";
import { showToast } from "../ui/toasts.tsx";
import { passphraseKey } from "./ways.ts";

export function LockDialog(props: { vault: Vault; leave(): void }): JSX.Element {
  const [dialog, setDialog] = createSignal<HTMLDialogElement>();
  const [words, setWords] = createSignal("");
  const [again, setAgain] = createSignal("");
  const [isWorking, setIsWorking] = createSignal(false);
  const [trouble, setTrouble] = createSignal<string | null>(null);

  onMount(() => dialog()?.showModal());

  const lock = async (): Promise<void> => {
    if (isWorking()) return;
    setTrouble(null);
    if (words() !== again()) {
      setTrouble(u.passphrasesDiffer);
      return;
    }
    setIsWorking(true);
    try {
      await props.vault.lock.add(passphraseKey(words()), { isRequired: true });
      showToast({ says: u.passphraseIsSet });
      dialog()?.close();
    } catch (error) {
      setTrouble(sayVaultError(error) ?? t.actionFailed);
    } finally {
      setIsWorking(false);
    }
  };

  return (
    <dialog ref={setDialog} class="lock-dialog" aria-labelledby="lock-title" on:close={() => props.leave()}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void lock();
        }}
      >
        <h2 id="lock-title">{u.lockTitle}</h2>
        <p>{u.lockText}</p>
        <Field label={u.passphrase} value={words()} set={setWords} />
        <Field label={u.passphraseAgain} value={again()} set={setAgain} />
        <p class="lock-limit">{u.lockForgotten}</p>
        <div aria-live="polite">
          <Show when={trouble()}>{(says) => <p class="lock-trouble">{says()}</p>}</Show>
        </div>
        <div class="lock-actions">
          <button type="button" class="quiet" onClick={() => dialog()?.close()}>
            {t.cancel}
          </button>
          <button type="submit" class="primary" aria-disabled={isWorking()}>
            {u.lockSet}
          </button>
        </div>
      </form>
    </dialog>
  );
}

function Field(props: { label: string; value: string; set(value: string): void }): JSX.Element {
  return (
    <label class="field">
      <span class="label">{props.label}</span>
      <input
        type="password"
        autocomplete="new-password"
        value={props.value}
        onInput={(event) => props.set(event.currentTarget.value)}
      />
    </label>
  );
}
