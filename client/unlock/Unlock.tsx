/** The page of a locked device: the field for its passphrase, or the button for its passkey. */
import { createSignal, type JSX, onMount, Show } from "solid-js";
import type { LockSlot } from "#crypto/lockForm.ts";
import type { SlotKey } from "#crypto/lockSlots.ts";
import { t } from "../app/strings.ts";
import { u } from "./words.ts";
import { Seal } from "../ui/Seal.tsx";
import { Threshold } from "./Threshold.tsx";
import { passkeyKey, passphraseKey } from "./ways.ts";

export function Unlock(props: {
  slots: readonly LockSlot[];
  /** `null` when it is open; else why not. */
  unlock(key: SlotKey): Promise<string | null>;
}): JSX.Element {
  const [words, setWords] = createSignal("");
  const [isWorking, setIsWorking] = createSignal(false);
  const [trouble, setTrouble] = createSignal<string | null>(null);
  const [field, setField] = createSignal<HTMLInputElement>();
  const has = (kind: LockSlot["kind"]): boolean => props.slots.some((slot) => slot.kind === kind);

  onMount(() => field()?.focus());

  const attempt = async (ask: () => Promise<SlotKey | null>): Promise<void> => {
    if (isWorking()) return;
    setIsWorking(true);
    setTrouble(null);
    const key = await ask();
    const says = key === null ? t.passkeyNotUsed : await props.unlock(key);
    setIsWorking(false);
    if (says === null) return;
    setTrouble(says);
    field()?.select();
  };

  const askPasskey = (): Promise<SlotKey | null> => passkeyKey(props.slots);

  return (
    <Threshold title={u.lockedTitle} seal={isWorking() ? "travelling" : trouble() === null ? "device" : "broken"}>
      <p class="lead">{u.lockedText}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const typed = words();
          if (typed !== "") void attempt(() => Promise.resolve(passphraseKey(typed)));
        }}
      >
        <Show when={has("passphrase")}>
          <label class="field">
            <span class="label">{u.passphrase}</span>
            <input
              ref={setField}
              type="password"
              autocomplete="current-password"
              value={words()}
              aria-invalid={trouble() !== null}
              aria-describedby="unlock-outcome"
              onInput={(event) => setWords(event.currentTarget.value)}
            />
          </label>
          <button type="submit" class="primary" aria-disabled={isWorking() || words() === ""}>
            {u.unlock}
          </button>
        </Show>
        <Show when={has("passkey")}>
          <button
            type="button"
            class={has("passphrase") ? "quiet" : "primary"}
            aria-disabled={isWorking()}
            onClick={() => void attempt(askPasskey)}
          >
            {u.unlockWithPasskey}
          </button>
        </Show>
        <div class="outcome" id="unlock-outcome" aria-live="polite">
          <Show when={isWorking()}>
            <Seal state="travelling" words={u.unlocking} />
          </Show>
          <Show when={trouble()}>
            {(says) => (
              <div class="trouble">
                <p>{says()}</p>
              </div>
            )}
          </Show>
        </div>
      </form>
      <p class="limit">{u.lockedLimit}</p>
    </Threshold>
  );
}
