/** What the relay can see, and what the browser says about the room this page has. */
import { createResource, createSignal, For, type JSX, Show } from "solid-js";
import { inBytes } from "../chat/words.ts";
import { isPersisted, persist, readUsage } from "../platform/persistence.ts";
import { w } from "../settings/words.ts";

export function RelayView(): JSX.Element {
  return (
    <section>
      <h3>{w.relayTitle}</h3>
      <div class="relay-view">
        <div>
          <h4>{w.relaySeesHead}</h4>
          <ul>
            <For each={w.relaySees}>{(says) => <li>{says}</li>}</For>
          </ul>
        </div>
        <div>
          <h4>{w.relaySeesNotHead}</h4>
          <ul>
            <For each={w.relaySeesNot}>{(says) => <li>{says}</li>}</For>
          </ul>
        </div>
      </div>
    </section>
  );
}

export function StorageState(): JSX.Element {
  const [usage] = createResource(() => readUsage().catch(() => null));
  const [isKept, { mutate }] = createResource(() => isPersisted().catch(() => false));
  const [isRefused, setIsRefused] = createSignal(false);
  const ask = async (): Promise<void> => {
    const isNow = await persist().catch(() => false);
    mutate(isNow);
    setIsRefused(!isNow);
  };
  const used = (): string => {
    const now = usage.latest;
    return now === null || now === undefined
      ? w.storageUnknown
      : w.storageUsed(inBytes(now.usedBytes), inBytes(now.roomBytes));
  };
  return (
    <section>
      <h3>{w.storageTitle}</h3>
      <p class="settings-note">{used()}</p>
      <p class="settings-note" role="status">
        {isKept.latest === true ? w.storageKept : isRefused() ? w.storageRefused : w.storageMayGo}
      </p>
      <Show when={isKept.latest === false}>
        <button type="button" class="plain" onClick={() => void ask()}>
          {w.storageAsk}
        </button>
      </Show>
    </section>
  );
}
