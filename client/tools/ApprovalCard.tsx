/** What a host asks before it acts: what is run, to the byte, why it is asked, and three answers. The first of any device counts. */
import { createSignal, createUniqueId, For, type JSX, Show } from "solid-js";
import type { AskReason, CallView } from "#sync/docs/toolSteps.ts";
import type { CallWord } from "#sync/toolActions.ts";
import { ExactText } from "./ExactText.tsx";
import { askState, type AskState } from "./askState.ts";
import { createCardClock } from "./createCardClock.ts";
import { layOut, showHidden } from "./showHidden.ts";
import { k, sayFound, sayMeaning } from "./words.ts";

export type AnswerCall = (call: CallView, choice: CallWord) => Promise<void>;

export function ApprovalCard(props: { call: CallView; answerCall: AnswerCall }): JSX.Element {
  const [told, setTold] = createSignal<"nothing" | "told" | "failed">("nothing");
  const { shownAt, now } = createCardClock();
  const id = createUniqueId();
  const state = (): AskState => askState(props.call.ask?.until ?? 0, now(), told(), shownAt);
  const isClosed = (): boolean => {
    const ask = state();
    return ask.kind === "answered" || (ask.kind === "open" && ask.isFresh);
  };
  const hiddenSigns = (): number =>
    [props.call.name, props.call.target, props.call.arguments].flatMap(showHidden).filter(({ isHidden }) => isHidden)
      .length;
  const why = (): readonly AskReason[] => props.call.ask?.why ?? [];
  const isOfRules = (reason: AskReason): boolean => ["rule", "another", "unpinned"].includes(reason);
  // Where strangers' words are the reason, a rule would not help: it is asked all the same.
  const mayAlways = (): boolean =>
    why().includes("rule") && why().every(isOfRules) && props.call.class !== "costs-money";
  // Who said "always" is told why it is asked all the same, and not that they want it so.
  const shownReasons = (): readonly AskReason[] =>
    why().some((reason) => reason !== "rule" && isOfRules(reason))
      ? why().filter((reason) => reason !== "rule")
      : why();
  const answer = (choice: "allow" | "always" | "refuse"): void => {
    if (state().kind !== "open" || isClosed()) return;
    setTold("told");
    props.answerCall(props.call, choice).catch(() => setTold("failed"));
  };
  const says = (): string => {
    const ask = state();
    return ask.kind === "open" ? k.secondsLeft(ask.secondsLeft) : ask.kind === "late" ? k.tooLate : k.answered;
  };
  const hasFailed = (): boolean => {
    const ask = state();
    return ask.kind === "open" && ask.hasFailed;
  };

  return (
    <section class="approval" aria-labelledby={id}>
      <p id={id} class="approval-title">
        {k.askTitle}
      </p>
      <p class="approval-what">
        <strong>
          <ExactText text={props.call.name} />
        </strong>
        <span>{k.classes[props.call.class]}</span>
      </p>
      <Show when={sayMeaning(props.call.name) !== ""}>
        <p>{sayMeaning(props.call.name)}</p>
      </Show>
      <Show when={props.call.target !== ""}>
        <p class="approval-target">
          <span>{k.target}</span>
          <ExactText text={props.call.target} />
        </p>
      </Show>
      <pre tabindex="0" aria-label={k.given}>
        <ExactText text={layOut(props.call.arguments)} />
      </pre>
      <p class="tool-note">{k.exactly}</p>
      <Show when={props.call.hidden}>{(hidden) => <p class="tool-note">{sayFound(hidden())}</p>}</Show>
      <Show when={hiddenSigns() > 0}>
        <p class="approval-warning">{k.hidden(hiddenSigns())}</p>
      </Show>
      <For each={shownReasons()}>
        {(reason) => (
          <p classList={{ "approval-warning": reason !== "rule", "tool-note": reason === "rule" }}>
            {k.reasons[reason]}
          </p>
        )}
      </For>
      <Show when={state().kind !== "late"}>
        <div class="approval-buttons">
          <button type="button" class="primary" aria-disabled={isClosed()} onClick={() => answer("allow")}>
            {k.allow}
          </button>
          <button type="button" class="plain" aria-disabled={isClosed()} onClick={() => answer("refuse")}>
            {k.refuse}
          </button>
          <Show when={mayAlways()}>
            <button
              type="button"
              class="quiet"
              aria-disabled={isClosed()}
              title={k.alwaysNote}
              onClick={() => answer("always")}
            >
              {k.always}
            </button>
          </Show>
        </div>
      </Show>
      <div role="alert">
        <Show when={hasFailed()}>
          <p class="approval-warning">{k.notTold}</p>
        </Show>
      </div>
      <p class="tool-note">{says()}</p>
    </section>
  );
}
