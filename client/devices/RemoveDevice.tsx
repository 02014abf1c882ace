/** What removing a device means, before it is done. */
import { createSignal, For, type JSX, Show } from "solid-js";
import type { DeviceInfo } from "#sync/deviceList.ts";
import type { Vault } from "#sync/vault.ts";
import { t } from "../app/strings.ts";
import { d } from "./words.ts";
import { sayError } from "./sayCode.ts";

export function RemoveDevice(props: { vault: Vault; device: DeviceInfo; leave(): void; done(): void }): JSX.Element {
  const [isWorking, setIsWorking] = createSignal(false);
  const [trouble, setTrouble] = createSignal<string | null>(null);
  const remove = async (): Promise<void> => {
    if (isWorking()) return;
    setIsWorking(true);
    setTrouble(null);
    try {
      await props.vault.removeDevice(props.device.id);
      props.done();
    } catch (error) {
      setTrouble(sayError(error) ?? t.actionFailed);
    } finally {
      setIsWorking(false);
    }
  };
  return (
    <section>
      <ul class="removal">
        <For each={d.removeWhat}>{(line) => <li>{line}</li>}</For>
      </ul>
      <div aria-live="polite">
        <Show when={trouble()}>
          {(says) => (
            <div class="trouble">
              <p>{says()}</p>
            </div>
          )}
        </Show>
      </div>
      <div class="device-buttons">
        <button type="button" class="primary" aria-disabled={isWorking()} onClick={() => void remove()}>
          {d.removeDo}
        </button>
        <button
          type="button"
          class="plain"
          ref={(button) => queueMicrotask(() => button.focus())}
          onClick={() => props.leave()}
        >
          {t.cancel}
        </button>
      </div>
    </section>
  );
}
