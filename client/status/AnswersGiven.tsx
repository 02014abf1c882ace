/** The answers on this device and what computed each, and the links that were followed. */
import { createSignal, For, type JSX, onMount, Show } from "solid-js";
import type { Vault } from "#sync/vault.ts";
import { t } from "../app/strings.ts";
import { createAnswerLog, type LoggedAnswer } from "../bridge/answerLog.ts";
import type { ChatRow } from "../bridge/createChats.ts";
import { labelWords, shortTime } from "../chat/words.ts";
import { followedLinks } from "../platform/followedLinks.ts";
import { w } from "../settings/words.ts";

/** As many as are looked through without looking for one. */
const answersAtOnce = 12;

export function AnswersGiven(props: { vault: Vault; chats: readonly ChatRow[]; now: number }): JSX.Element {
  // eslint-disable-next-line solid/reactivity -- reason: the vault is one object for as long as this view stands.
  const log = createAnswerLog(props.vault);
  const [answers, setAnswers] = createSignal<readonly LoggedAnswer[]>([]);
  const [state, setState] = createSignal<"reading" | "more" | "all">("reading");
  const read = async (): Promise<void> => {
    setState("reading");
    const more = await log.next(answersAtOnce);
    setAnswers([...answers(), ...more]);
    setState(more.length < answersAtOnce ? "all" : "more");
  };
  onMount(() => void read());
  const titleOf = ({ chat }: LoggedAnswer): string =>
    props.chats.find(({ id }) => id === chat)?.title || t.untitledChat;
  const by = ({ label, model, where }: LoggedAnswer): string => {
    const named = [label === null ? null : labelWords(label), model, where].filter(
      (part) => part !== null && part !== "",
    );
    return named.length === 0 ? w.leftUnknown : [...new Set(named)].join(" · ");
  };
  return (
    <>
      <Show when={answers().length > 0}>
        <dl class="status-rows">
          <For each={answers()}>
            {(answer) => (
              <div>
                <dt>
                  {titleOf(answer)}
                  <time datetime={new Date(answer.at).toISOString()}>{shortTime(answer.at, props.now)}</time>
                </dt>
                <dd>{by(answer)}</dd>
              </div>
            )}
          </For>
        </dl>
      </Show>
      <p class="settings-note" role="status">
        {state() === "reading" ? w.leftReading : answers().length === 0 ? w.leftNone : ""}
      </p>
      <Show when={state() === "more"}>
        <button type="button" class="plain" onClick={() => void read()}>
          {w.leftMore}
        </button>
      </Show>
    </>
  );
}

export function FollowedLinks(props: { now: number }): JSX.Element {
  return (
    <>
      <h4>{w.linksTitle}</h4>
      <Show when={followedLinks().length > 0} fallback={<p class="settings-note">{w.linksNone}</p>}>
        <dl class="status-rows">
          <For each={followedLinks()}>
            {({ site, at }) => (
              <div>
                <dt>{site}</dt>
                <dd>{shortTime(at, props.now)}</dd>
              </div>
            )}
          </For>
        </dl>
        <p class="settings-note">{w.linksNote}</p>
      </Show>
    </>
  );
}
