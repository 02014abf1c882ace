/** Who is in the vault, and what a person can do about it: one sheet with a place for each step. Fetched when it is first opened. */
import { createSignal, type JSX, Match, onMount, Show, Switch } from "solid-js";
import type { DeviceInfo } from "#sync/deviceList.ts";
import { recoveryLink } from "#sync/recoveryLink.ts";
import type { Vault } from "#sync/vault.ts";
import { t } from "../app/strings.ts";
import { d } from "./words.ts";
import type { DeviceRows } from "../bridge/createDevices.ts";
import { Icon } from "../ui/Icon.tsx";
import { AddDevice } from "./AddDevice.tsx";
import { DeviceList } from "./DeviceList.tsx";
import { RemoveDevice } from "./RemoveDevice.tsx";
import { sayError } from "./sayCode.ts";
import { WaysIn } from "./WaysIn.tsx";
import { Words } from "./Words.tsx";
import "../settings/settings.css";
import "./devices.css";

export type DevicesPart = "list" | "add" | "words";
type Step = { readonly kind: DevicesPart } | { readonly kind: "remove"; readonly device: DeviceInfo };

export function Devices(props: {
  vault: Vault;
  devices: DeviceRows;
  part: DevicesPart;
  now: number;
  leave(): void;
}): JSX.Element {
  const [dialog, setDialog] = createSignal<HTMLDialogElement>();
  // eslint-disable-next-line solid/reactivity -- reason: where it opens; from then on the steps lead on.
  const [step, setStep] = createSignal<Step>({ kind: props.part });
  /** What was just done, or why not. */
  const [says, setSays] = createSignal<string | null>(null);
  /** Words are on show that do not count yet. */
  const isPending = (): boolean => step().kind === "words";

  onMount(() => dialog()?.showModal());

  const go = (next: Step, word: string | null = null): void => {
    setStep(next);
    setSays(word);
  };
  const removing = (): DeviceInfo | null => {
    const now = step();
    return now.kind === "remove" ? now.device : null;
  };
  const title = (): string => {
    const now = step();
    if (now.kind === "remove") return d.removeTitle(now.device.name);
    return { list: t.devices, add: t.addDevice, words: d.wordsTitle }[now.kind];
  };
  /** Whoever wrote words down that do not count yet has to know that. */
  const back = (): void => go({ kind: "list" }, isPending() ? d.wordsLeave : null);

  const sheetLink = (): string => {
    const place = props.vault.recovery.place();
    return place === null ? location.origin : recoveryLink(location.origin, place);
  };
  const setWords = async (secret: Uint8Array): Promise<string | null> => {
    try {
      await props.vault.recovery.set(secret);
      go({ kind: "list" }, d.wordsSet);
      return null;
    } catch (error) {
      return sayError(error) ?? t.actionFailed;
    }
  };

  return (
    <dialog
      ref={setDialog}
      class="settings devices"
      aria-labelledby="devices-title"
      on:keydown={(event) => {
        event.stopPropagation();
        // Esc goes one step back. What stands in here and has used the key for itself says so.
        if (event.key !== "Escape" || event.defaultPrevented || step().kind === "list") return;
        event.preventDefault();
        back();
      }}
      on:close={() => props.leave()}
      onClick={(event) => {
        if (event.target === event.currentTarget && step().kind === "list") event.currentTarget.close();
      }}
    >
      <div class="settings-sheet">
        <header class="settings-head">
          <div class="devices-head">
            <Show when={step().kind !== "list"}>
              <button type="button" class="ghost icon-only" aria-label={d.back} title={d.back} onClick={back}>
                <Icon name="back" />
              </button>
            </Show>
            <h2 id="devices-title">{title()}</h2>
          </div>
          <button
            type="button"
            class="ghost icon-only"
            aria-label={d.closeDevices}
            title={d.closeDevices}
            onClick={() => (isPending() ? back() : dialog()?.close())}
          >
            <Icon name="close" />
          </button>
        </header>
        <div class="settings-body" tabindex="-1" autofocus>
          <p class="devices-says" role="status">
            {says()}
          </p>
          <Switch>
            <Match when={step().kind === "list"}>
              <DeviceList
                vault={props.vault}
                rows={props.devices.rows}
                now={props.now}
                add={() => go({ kind: "add" })}
                remove={(device) => go({ kind: "remove", device })}
              />
              <section>
                <h3>{t.wordsSection}</h3>
                <p class="settings-note">{props.devices.hasWords() ? d.wordsAreSet : d.wordsNotSet}</p>
                <button type="button" class="plain" onClick={() => go({ kind: "words" })}>
                  {props.devices.hasWords() ? d.wordsNew : t.wordsReminder}
                </button>
              </section>
              <WaysIn vault={props.vault} />
            </Match>
            <Match when={step().kind === "add"}>
              <AddDevice vault={props.vault} done={(name) => go({ kind: "list" }, d.pairDone(name))} />
            </Match>
            <Match when={step().kind === "words"}>
              <Words
                isReplacing={props.devices.hasWords()}
                link={sheetLink()}
                working={t.sealTravelling}
                confirm={setWords}
              />
            </Match>
            <Match when={removing()} keyed>
              {(device) => (
                <RemoveDevice
                  vault={props.vault}
                  device={device}
                  leave={back}
                  done={() => go({ kind: "list" }, d.deviceRemoved(device.name))}
                />
              )}
            </Match>
          </Switch>
        </div>
      </div>
    </dialog>
  );
}
