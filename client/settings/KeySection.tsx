/** All keys that do something: ours can be bound anew, those of writing stay. */
import { createSignal, For, type JSX, Show } from "solid-js";
import { t } from "../app/strings.ts";
import {
  bind,
  bindInstead,
  bindingName,
  bindingOf,
  bindings,
  type BindOutcome,
  isByDefault,
  type KeyAction,
  keyActions,
  resetBindings,
} from "../platform/bindings.ts";
import { fixedKeys } from "./shortcuts.ts";
import { w } from "./words.ts";

interface Trial {
  readonly action: KeyAction;
  readonly binding: string;
  readonly outcome: BindOutcome;
}

export function KeySection(): JSX.Element {
  /** Whose keys are being pressed; `null`: nobody's. */
  const [awaited, setAwaited] = createSignal<KeyAction | null>(null);
  const [trial, setTrial] = createSignal<Trial | null>(null);

  const take = (action: KeyAction, event: KeyboardEvent): void => {
    event.preventDefault();
    event.stopPropagation();
    const binding = bindingOf(event);
    if (binding === null) return;
    setAwaited(null);
    // Esc and Tab lead out, but for what Esc is for.
    if (binding === "Tab" || (binding === "Escape" && action !== "stop")) return void setTrial(null);
    const outcome = bind(action, binding);
    setTrial(outcome.kind === "bound" ? null : { action, binding, outcome });
  };

  return (
    <section id="keys">
      <h3>{t.shortcuts}</h3>
      <p class="settings-note">{w.keysNote}</p>
      <dl class="keys">
        <For each={keyActions}>
          {(action) => (
            <div>
              <dt>{w.keyActions[action]}</dt>
              <dd>
                <button
                  type="button"
                  class="key-button"
                  aria-label={w.keyChange(w.keyActions[action], bindingName(bindings()[action]) || w.keyNone)}
                  aria-pressed={awaited() === action}
                  onClick={() => {
                    setTrial(null);
                    setAwaited(awaited() === action ? null : action);
                  }}
                  on:keydown={(event) => {
                    if (awaited() === action) take(action, event);
                  }}
                  onBlur={() => awaited() === action && setAwaited(null)}
                >
                  <Show when={awaited() !== action} fallback={w.keyPress}>
                    <kbd>{bindingName(bindings()[action]) || w.keyNone}</kbd>
                  </Show>
                </button>
                <Show when={trial()?.action === action && trial()}>
                  {(tried) => (
                    <span class="key-trial" role="alert">
                      {says(tried())}
                      <Show when={tried().outcome.kind === "taken"}>
                        <button
                          type="button"
                          class="quiet"
                          onClick={() => {
                            bindInstead(action, tried().binding);
                            setTrial(null);
                          }}
                        >
                          {w.keyInstead}
                        </button>
                      </Show>
                    </span>
                  )}
                </Show>
              </dd>
            </div>
          )}
        </For>
        <For each={fixedKeys()}>
          {({ keys, does }) => (
            <div>
              <dt>{does}</dt>
              <dd>
                <kbd>{keys}</kbd>
              </dd>
            </div>
          )}
        </For>
      </dl>
      <button
        type="button"
        class="plain"
        aria-disabled={isByDefault()}
        onClick={() => {
          setTrial(null);
          resetBindings();
        }}
      >
        {w.keyReset}
      </button>
    </section>
  );
}

function says({ binding, outcome }: Trial): string {
  const keys = bindingName(binding);
  if (outcome.kind === "taken") return w.keyTaken(keys, w.keyActions[outcome.by]);
  return outcome.kind === "reserved" ? w.keyReserved(keys) : w.keyPlain(keys);
}
