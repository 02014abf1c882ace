/** Being told that an answer is ready: by the page while it lives, and, if a person wants that, by the browser's push service while it does not. */
import { createSignal, type JSX, onCleanup, onMount, Show } from "solid-js";
import type { Vault } from "#sync/vault.ts";
import { t } from "../app/strings.ts";
import { notices } from "../platform/preferences.ts";
import { canPush, chooseNotices, type PushOutcome } from "../platform/push.ts";
import { Choices } from "./Choices.tsx";
import { w } from "./words.ts";

type Choice = "off" | "on" | "push";

export function NoticeSection(props: { vault: Vault }): JSX.Element {
  const [isAllowed, setIsAllowed] = createSignal(Notification.permission !== "denied");
  const [failed, setFailed] = createSignal<Exclude<PushOutcome, "on"> | null>(null);
  /** Chosen, and not yet so: the host and the push service are asked. */
  const [wanted, setWanted] = createSignal<Choice | null>(null);
  const look = (): void => void setIsAllowed(Notification.permission !== "denied");
  // A person may change their mind in the browser's own settings, and come back.
  onMount(() => document.addEventListener("visibilitychange", look));
  onCleanup(() => document.removeEventListener("visibilitychange", look));

  const now = (): Choice => wanted() ?? (isAllowed() ? notices.now() : "off");
  const choose = async (next: Choice): Promise<void> => {
    setWanted(next);
    setFailed(null);
    const outcome = await chooseNotices(props.vault, next, { answer: t.noticeTitle, due: t.taskDueTitle }).catch(
      (): PushOutcome => "no-service",
    );
    look();
    setWanted(null);
    setFailed(outcome === "on" || outcome === "off" ? null : outcome);
  };

  return (
    <section>
      <h3>{w.notices}</h3>
      <Choices
        legend={w.noticeReady}
        name="notices"
        choices={canPush ? notices.choices : notices.choices.filter((choice) => choice !== "push")}
        now={now()}
        says={(choice) => w.noticeChoices[choice]}
        choose={(choice) => void choose(choice)}
      />
      <p class="settings-note">{w.noticeNote}</p>
      <p class="settings-note">{canPush ? w.pushNote : w.pushNotHere}</p>
      <p class="settings-note" role="status">
        <Show when={wanted() === "push"}>{w.pushAsking}</Show>
      </p>
      <Show when={failed() ?? (isAllowed() || notices.now() === "off" ? null : "not-allowed")}>
        {(why) => (
          <p class="settings-note" role="alert">
            {w.pushFailed[why()]}
          </p>
        )}
      </Show>
    </section>
  );
}
