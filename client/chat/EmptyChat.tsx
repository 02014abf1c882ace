/** Before the first word: what this is, who answers, and three ways to begin. */
import { For, type JSX, Show } from "solid-js";
import { t } from "../app/strings.ts";

export function EmptyChat(props: {
  isGuide: boolean;
  isHostThere: boolean;
  give(text: string): void;
  /** What comes before all else. */
  children: JSX.Element;
}): JSX.Element {
  const says = (): string => {
    if (!props.isHostThere) return t.startAwayText;
    return props.isGuide ? t.startGuideText : t.startText;
  };
  return (
    <div class="empty">
      <h2>{t.startTitle}</h2>
      <p>{says()}</p>
      {props.children}
      <Show when={props.isHostThere}>
        <ul aria-label={t.tryOne}>
          <For each={props.isGuide ? t.guideExamples : t.modelExamples}>
            {(example) => (
              <li>
                <button type="button" class="example" onClick={() => props.give(example)}>
                  {example}
                </button>
              </li>
            )}
          </For>
        </ul>
      </Show>
    </div>
  );
}

/** A chat that is in the list, or was in a link, and does not open here. */
export function MissingChat(): JSX.Element {
  return (
    <div class="empty">
      <h2>{t.chatUnavailableTitle}</h2>
      <p>{t.chatUnavailableText}</p>
    </div>
  );
}
