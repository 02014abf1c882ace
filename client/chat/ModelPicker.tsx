/** Which of the host's models answers next. The machine's own list: it opens as people know it there, also on a phone. */
import { For, type JSX } from "solid-js";
import { t } from "../app/strings.ts";
import { Icon } from "../ui/Icon.tsx";

export interface ModelChoice {
  readonly models: readonly string[];
  readonly byDefault: string;
  /** `null`: the host's default, whatever that is then. */
  readonly chosen: string | null;
  choose(model: string | null): void;
}

export function ModelPicker(props: { choice: ModelChoice }): JSX.Element {
  return (
    <label class="model-picker" title={t.model}>
      <span class="unseen">{t.model}</span>
      <select
        value={props.choice.chosen ?? ""}
        onChange={(event) => props.choice.choose(event.currentTarget.value === "" ? null : event.currentTarget.value)}
      >
        <option value="">{t.defaultModel(props.choice.byDefault)}</option>
        <For each={props.choice.models}>{(model) => <option value={model}>{model}</option>}</For>
      </select>
      <Icon name="chevron" />
    </label>
  );
}
