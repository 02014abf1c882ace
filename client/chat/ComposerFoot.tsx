/** Below what is written: files, what Enter does or who answers, the model, and Send. */
import { type JSX, Show, Suspense } from "solid-js";
import { t } from "../app/strings.ts";
import { keyName } from "../platform/keys.ts";
import { enterKey } from "../platform/preferences.ts";
import { Icon } from "../ui/Icon.tsx";
import { AttachButton } from "./files/AttachButton.tsx";
import type { ModelChoice } from "./ModelPicker.tsx";
import { fetchedView } from "../ui/fetchedView.ts";

// Fetched once a host has said that there is something to choose.
const ModelPicker = fetchedView(() => import("./ModelPicker.tsx").then(({ ModelPicker }) => ModelPicker), {
  isQuiet: true,
});

export function ComposerFoot(props: {
  isAnswering: boolean;
  isHostThere: boolean;
  /** What answers, in words; `null` while nobody knows. */
  source: string | null;
  /** Something was asked here already: which key sends is known by then. */
  isBegun: boolean;
  /** `null`: there is nothing to choose. */
  models: ModelChoice | null;
  canSend: boolean;
  attach(files: readonly File[]): void;
  stop(): void;
}): JSX.Element {
  const sendKeys = (): string => (enterKey.now() === "sends" ? "Enter" : keyName("Enter"));
  const keysHint = (): string => (enterKey.now() === "sends" ? t.keysHint : t.keysHintLine(sendKeys()));
  const isKeysHint = (): boolean => props.source === null || props.models !== null;
  const sayWho = (source: string): string => (source === t.modelsAway ? source : t.answersFrom(source));
  const hint = (): string | null => {
    if (!props.isHostThere) return t.hostAwayHint;
    return props.isAnswering ? t.queueHint : null;
  };
  return (
    <div class="composer-foot">
      <AttachButton add={(files) => props.attach(files)} />
      <p
        id="composer-hint"
        class="hint"
        classList={{
          away: !props.isHostThere,
          known: props.isHostThere && !props.isAnswering && isKeysHint() && props.isBegun,
        }}
      >
        <Show
          when={hint()}
          fallback={
            <span class="source-hint" classList={{ keys: isKeysHint() }}>
              {isKeysHint() ? keysHint() : sayWho(props.source ?? "")}
            </span>
          }
        >
          {(says) => says()}
        </Show>
      </p>
      <Show when={props.models}>
        {(choice) => (
          <Suspense>
            <ModelPicker choice={choice()} isHostThere={props.isHostThere} />
          </Suspense>
        )}
      </Show>
      <Show when={props.isAnswering}>
        <button
          type="button"
          class="round-button stop"
          aria-label={t.stop}
          title={`${t.stop} (Esc)`}
          onClick={() => props.stop()}
        >
          <Icon name="stop" />
        </button>
      </Show>
      <button
        type="submit"
        class="round-button send"
        aria-label={t.send}
        title={`${t.send} (${sendKeys()})`}
        aria-disabled={!props.canSend}
      >
        <Icon name="send" />
      </button>
    </div>
  );
}
