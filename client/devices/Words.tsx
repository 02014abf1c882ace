/** 24 new words: shown, printed, and asked for by three of them. They count when `confirm` says so, and are forgotten with this view. */
import { createSignal, For, type JSX, onCleanup, onMount, Show } from "solid-js";
import { Portal } from "solid-js/web";
import { t } from "../app/strings.ts";
import { d } from "./words.ts";
import { Seal } from "../ui/Seal.tsx";
import { createNewWords, isWord, type NewWords } from "./recoveryWords.ts";
import { Sheet } from "./Sheet.tsx";

export function Words(props: {
  /** There are words already, which these replace. */
  isReplacing: boolean;
  /** For the sheet. */
  link: string;
  /** Makes them count; `null` when it did, else why not. */
  confirm(secret: Uint8Array): Promise<string | null>;
  working: string;
}): JSX.Element {
  const [made, setMade] = createSignal<NewWords | null>(null);
  const [isAsking, setIsAsking] = createSignal(false);
  const [typed, setTyped] = createSignal<readonly string[]>(["", "", ""]);
  const [isWorking, setIsWorking] = createSignal(false);
  const [trouble, setTrouble] = createSignal<string | null>(null);
  let hasLeft = false;

  onMount(async () => {
    const words = await createNewWords().catch(() => null);
    if (hasLeft) words?.forget();
    else if (words === null) setTrouble(t.actionFailed);
    else setMade(words);
  });
  onCleanup(() => {
    hasLeft = true;
    made()?.forget();
  });

  const confirm = async (words: NewWords): Promise<void> => {
    if (isWorking()) return;
    setTrouble(null);
    const isRight = words.asked.every((place, at) => isWord(typed()[at] ?? "", words.words[place] ?? ""));
    if (!isRight) {
      setTrouble(d.wordsCheckWrong);
      return;
    }
    setIsWorking(true);
    const says = await props.confirm(words.secret);
    setIsWorking(false);
    setTrouble(says);
  };

  return (
    <>
      <Show when={made()}>
        {(words) => (
          <>
            <Show
              when={isAsking()}
              fallback={
                <div class="words">
                  <p>{d.wordsText}</p>
                  <ol class="word-list" translate="no" aria-label={d.wordsTitle}>
                    <For each={words().words}>{(word) => <li>{word}</li>}</For>
                  </ol>
                  <p class="hint">{d.wordsOnce}</p>
                  <Show when={props.isReplacing}>
                    <p class="hint">{d.wordsReplace}</p>
                  </Show>
                  <div class="device-buttons">
                    <button type="button" class="primary" onClick={() => setIsAsking(true)}>
                      {d.wordsWritten}
                    </button>
                    <button type="button" class="plain" onClick={() => print()}>
                      {d.wordsPrint}
                    </button>
                  </div>
                </div>
              }
            >
              <form
                class="words"
                onSubmit={(event) => {
                  event.preventDefault();
                  void confirm(words());
                }}
              >
                <p class="words-ask">{d.wordsCheckTitle}</p>
                <For each={words().asked}>
                  {(place, at) => (
                    <label class="field">
                      <span class="label">{d.wordsCheckNumber(place + 1)}</span>
                      <input
                        value={typed()[at()] ?? ""}
                        ref={(input) => {
                          if (at() === 0) queueMicrotask(() => input.focus());
                        }}
                        autocomplete="off"
                        autocapitalize="off"
                        spellcheck={false}
                        onInput={(event) => setTyped(typed().with(at(), event.currentTarget.value))}
                      />
                    </label>
                  )}
                </For>
                <div class="device-buttons">
                  <button type="submit" class="primary" aria-disabled={isWorking()}>
                    {d.wordsCheckDo}
                  </button>
                  <button type="button" class="plain" onClick={() => setIsAsking(false)}>
                    {d.wordsShowAgain}
                  </button>
                </div>
              </form>
            </Show>
            <Portal>
              <Sheet words={words().words} link={props.link} />
            </Portal>
          </>
        )}
      </Show>
      <div class="outcome" aria-live="polite">
        <Show when={isWorking()}>
          <Seal state="travelling" words={props.working} />
        </Show>
        <Show when={trouble()}>
          {(says) => (
            <div class="trouble">
              <p>{says()}</p>
            </div>
          )}
        </Show>
      </div>
    </>
  );
}
