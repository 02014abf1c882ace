/** One line for each device: what it is, when it was seen, what it lacks. */
import { createSignal, For, type JSX, Show } from "solid-js";
import type { AuthorId } from "#crypto/ids.ts";
import type { DeviceInfo } from "#sync/deviceList.ts";
import { deviceNameCharsMax } from "#sync/limits.ts";
import type { Vault } from "#sync/vault.ts";
import { t } from "../app/strings.ts";
import { d } from "./words.ts";
import { shortTime } from "../chat/words.ts";
import { Menu } from "../ui/Menu.tsx";
import { showToast } from "../ui/toasts.tsx";
import { sayError } from "./sayCode.ts";

/** Heard this lately, it is there now: devices answer each other within a few seconds. */
const nowMs = 60_000;

export function DeviceList(props: {
  vault: Vault;
  rows: readonly DeviceInfo[];
  now: number;
  add(): void;
  remove(device: DeviceInfo): void;
}): JSX.Element {
  const [renamed, setRenamed] = createSignal<AuthorId | null>(null);
  const rename = (device: DeviceInfo, name: string): void => {
    setRenamed(null);
    if (name.trim() === "" || name.trim() === device.name) return;
    props.vault
      .renameDevice(device.id, name)
      .catch((error: unknown) => showToast({ says: sayError(error) ?? t.actionFailed }));
  };
  return (
    <section>
      <p class="settings-note">{d.devicesNote}</p>
      <ul class="device-list" aria-label={t.devices}>
        <For each={props.rows}>
          {(device) => (
            <li class="device" classList={{ "this-device": device.isThis }}>
              <div class="device-text">
                <Show
                  when={renamed() === device.id}
                  fallback={
                    <p class="device-name">
                      {device.name}
                      <Show when={device.isThis}>
                        <span class="device-mark">{d.thisDevice}</span>
                      </Show>
                    </p>
                  }
                >
                  <NameField name={device.name} done={(name) => rename(device, name)} leave={() => setRenamed(null)} />
                </Show>
                <p class="device-facts">{factsOf(device, props.now).join(" · ")}</p>
              </div>
              <Show when={device.role === "device"}>
                <Menu
                  label={d.deviceMenu(device.name)}
                  items={[
                    { label: t.rename, act: () => setRenamed(device.id) },
                    ...(device.isThis
                      ? []
                      : [
                          {
                            label: d.removeDeviceShort,
                            isGrave: true,
                            act: () => props.remove({ ...device }),
                          },
                        ]),
                  ]}
                />
              </Show>
            </li>
          )}
        </For>
      </ul>
      <button type="button" class="primary" onClick={() => props.add()}>
        {t.addDevice}
      </button>
    </section>
  );
}

function factsOf({ role, kind, isThis, seenAt, way, lacks }: DeviceInfo, now: number): readonly string[] {
  const isHere = seenAt !== null && now - seenAt < nowMs;
  if (role === "host") return [d.deviceKinds.host, isHere ? d.hostHere : d.hostNotHere];
  const what = kind === null ? [] : [d.deviceKinds[kind]];
  const here = way === "direct" ? d.seenDirect : way === "host" ? d.seenByHost : d.seenNow;
  const seen = seenAt === null ? d.seenNever : isHere ? here : d.seenAt(shortTime(seenAt, now));
  if (isThis) return [...what, d.seenNow];
  return [...what, seen, lacks.length === 0 ? d.lacksNothing : d.lacksSome(lacks.length)];
}

function NameField(props: { name: string; done(name: string): void; leave(): void }): JSX.Element {
  let hasLeft = false;
  /** `null`: nothing is to be changed. */
  const end = (name: string | null): void => {
    if (hasLeft) return;
    hasLeft = true;
    if (name === null) props.leave();
    else props.done(name);
  };
  return (
    <input
      class="device-name-field"
      value={props.name}
      maxlength={deviceNameCharsMax}
      aria-label={d.renameDevice(props.name)}
      autocomplete="off"
      spellcheck={false}
      ref={(input) =>
        queueMicrotask(() => {
          input.focus();
          input.select();
        })
      }
      // Before the sheet's own, which lets no key out of it.
      on:keydown={(event) => {
        if (event.isComposing) return;
        const { value } = event.currentTarget;
        if (event.key === "Enter") end(value);
        if (event.key === "Escape") end(null);
        // Esc ends the renaming, and not what it stands in.
        if (event.key === "Enter" || event.key === "Escape") event.preventDefault();
      }}
      onBlur={(event) => {
        const { value } = event.currentTarget;
        end(value);
      }}
    />
  );
}
