/** One call as a line with its details on demand: under an answer, and among what tools did. */
import { createSignal, createUniqueId, type JSX, Show } from "solid-js";
import type { CallView } from "#sync/docs/toolSteps.ts";
import { t } from "../app/strings.ts";
import { Icon } from "../ui/Icon.tsx";
import { ExactText } from "./ExactText.tsx";
import { k } from "./words.ts";

/** `children`: its details, laid out while it is open. */
export function CallLine(props: {
  class: string;
  status: CallView["status"];
  what: JSX.Element;
  says: JSX.Element;
  children: JSX.Element;
}): JSX.Element {
  const [isOpen, setIsOpen] = createSignal(false);
  const id = createUniqueId();
  return (
    <div class={props.class} classList={{ open: isOpen() }} data-status={props.status}>
      <button
        type="button"
        class="quiet"
        aria-expanded={isOpen()}
        aria-controls={id}
        onClick={() => setIsOpen(!isOpen())}
      >
        <Icon name="chevron" />
        {props.what}
        <span class="tool-status">{props.says}</span>
      </button>
      <dl id={id} class="tool-details" hidden={!isOpen()}>
        <Show when={isOpen()}>{props.children}</Show>
      </dl>
    </div>
  );
}

/** Exactly what was given, or came back. `whole`: more of what `text` is the beginning of; "" where there is no more. */
export function ExactDetail(props: {
  name: string;
  text: string;
  whole?: string;
  cut?: number;
  /** Under it. */
  note?: string;
}): JSX.Element {
  const [isWhole, setIsWhole] = createSignal(false);
  const more = (): string => props.whole ?? "";
  const text = (): string => (isWhole() ? more() : props.text);
  return (
    <>
      <dt>{props.name}</dt>
      <dd>
        <pre tabindex="0" aria-label={props.name}>
          <ExactText text={text() === "" ? k.nothing : text()} />
        </pre>
        <Show when={more() !== "" && !isWhole()}>
          <button type="button" class="quiet" onClick={() => setIsWhole(true)}>
            {k.showWhole(more().length.toLocaleString(t.language))}
          </button>
        </Show>
        <Show when={(props.cut ?? 0) > 0 && (more() === "" || isWhole())}>
          <p class="tool-note">{k.leftOut(String(props.cut))}</p>
        </Show>
        <Show when={props.note}>{(note) => <p class="tool-note">{note()}</p>}</Show>
      </dd>
    </>
  );
}
