/** The first page: what this is, what it is not, and the one button. */
import { createSignal, type JSX, onCleanup, Show } from "solid-js";
import type { CreateResult } from "../app/session.ts";
import { t } from "../app/strings.ts";
import { thisDeviceName } from "../platform/deviceName.ts";
import { Seal } from "../ui/Seal.tsx";
import { Sentence } from "../ui/Sentence.tsx";
import { Threshold } from "./Threshold.tsx";

/** After this long a person wonders; then they are told. */
const slowMs = 5000;
/** As many characters as the roster's sealed name holds comfortably. */
const deviceNameCharsMax = 64;

export function Welcome(props: { create(deviceName: string): Promise<CreateResult> }): JSX.Element {
  const [name, setName] = createSignal(thisDeviceName());
  const [progress, setProgress] = createSignal<string | null>(null);
  const [failure, setFailure] = createSignal<string | null>(null);
  let timers: ReturnType<typeof setTimeout>[] = [];
  const stopTimers = (): void => {
    for (const timer of timers) clearTimeout(timer);
    timers = [];
  };
  onCleanup(stopTimers);

  const create = async (): Promise<void> => {
    if (progress() !== null) return;
    setFailure(null);
    setProgress(t.creatingKeys);
    timers = [
      setTimeout(() => setProgress(t.creatingClaim), 400),
      setTimeout(() => setProgress(t.creatingSlow), slowMs),
    ];
    const result = await props.create(name().trim() === "" ? thisDeviceName() : name().trim());
    stopTimers();
    setProgress(null);
    if (result.kind === "failed") setFailure(result.says);
  };

  return (
    <Threshold
      title={t.welcomeTitle}
      seal={progress() === null ? (failure() === null ? "device" : "broken") : "travelling"}
    >
      <p class="lead">{t.welcomeText}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
      >
        <label class="field">
          <span class="label">{t.deviceName}</span>
          <input
            value={name()}
            maxlength={deviceNameCharsMax}
            autocomplete="off"
            spellcheck={false}
            aria-describedby="device-name-hint"
            onInput={(event) => setName(event.currentTarget.value)}
          />
          <span class="hint" id="device-name-hint">
            {t.deviceNameHint}
          </span>
        </label>
        <button type="submit" class="primary" aria-disabled={progress() !== null}>
          {t.createVault}
        </button>
        <div class="outcome" aria-live="polite">
          <Show when={progress()}>{(says) => <Seal state="travelling" words={says()} />}</Show>
          <Show when={failure()}>
            {(says) => (
              <div class="trouble">
                <p class="trouble-title">{t.createFailedTitle}</p>
                <p>
                  <Sentence says={says()} />
                </p>
              </div>
            )}
          </Show>
        </div>
      </form>
      <p class="limit">{t.welcomeLimit}</p>
    </Threshold>
  );
}
