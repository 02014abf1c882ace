/** Which of the host's models answers next. The machine's own list: it opens as people know it there, also on a phone. */
import { For, type JSX, Show } from "solid-js";
import { t } from "../app/strings.ts";
import { Icon } from "../ui/Icon.tsx";

export interface ModelChoice {
  readonly models: readonly string[];
  /** Larger than the host's memory, as far as it can tell; said in few words, since a phone has room for no more. */
  readonly tooLarge: readonly string[];
  readonly byDefault: string;
  /** `null`: the host's default, whatever that is then. */
  readonly chosen: string | null;
  choose(model: string | null): void;
  /** Answers beside it; `null`: nobody. */
  readonly also: string | null;
  chooseAlso(model: string | null): void;
}

/** Not the name of a model: those come from a server's list, and none is empty space. */
const compare = " ";

export function ModelPicker(props: { choice: ModelChoice }): JSX.Element {
  const first = (): string => props.choice.chosen ?? props.choice.byDefault;
  const others = (): readonly string[] => props.choice.models.filter((model) => model !== first());
  const label = (model: string): string => (props.choice.tooLarge.includes(model) ? t.modelTooLarge(model) : model);
  return (
    <>
      <label class="model-picker" title={t.model}>
        <span class="unseen">{t.model}</span>
        <select
          value={props.choice.chosen ?? ""}
          onChange={(event) => {
            const { value } = event.currentTarget;
            if (value === compare) {
              // The list goes back to what it said; the second one stands beside it.
              event.currentTarget.value = props.choice.chosen ?? "";
              props.choice.chooseAlso(others()[0] ?? null);
            } else props.choice.choose(value === "" ? null : value);
          }}
        >
          <option value="">{t.defaultModel(props.choice.byDefault)}</option>
          <For each={props.choice.models}>{(model) => <option value={model}>{label(model)}</option>}</For>
          <Show when={props.choice.also === null}>
            <hr />
            <option value={compare}>{t.compareTwo}</option>
          </Show>
        </select>
        <Icon name="chevron" />
      </label>
      <Show when={props.choice.also}>
        {(also) => (
          <label class="model-picker" title={t.secondModel}>
            <span class="unseen">{t.secondModel}</span>
            <select value={also()} onChange={(event) => props.choice.chooseAlso(event.currentTarget.value || null)}>
              <For each={others()}>{(model) => <option value={model}>{label(model)}</option>}</For>
              <hr />
              <option value="">{t.onlyOne}</option>
            </select>
            <Icon name="chevron" />
          </label>
        )}
      </Show>
    </>
  );
}
