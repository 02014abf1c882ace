/** `‹ 2/3 ›` under a question or an answer that has other versions. */
import { type JSX, Show } from "solid-js";
import { t } from "../app/strings.ts";
import { l } from "./laterWords.ts";
import { Icon } from "../ui/Icon.tsx";

/** Which of the two buttons was pressed: it is the one that keeps the focus, in the version that comes. */
export type Step = "back" | "on";

export type ChooseVersion = (id: string, step: Step, pressed: HTMLElement) => void;

export function BranchSwitcher(props: { id: string; versions: readonly string[]; choose: ChooseVersion }): JSX.Element {
  const at = (): number => props.versions.indexOf(props.id);
  const targetOf = (step: Step): string | undefined => props.versions[at() + (step === "back" ? -1 : 1)];
  const go = (step: Step, group: HTMLElement): void => {
    const [target, button] = [targetOf(step), group.querySelector<HTMLElement>(`[data-step="${step}"]`)];
    if (target !== undefined && button !== null) props.choose(target, step, button);
  };
  const onKeyDown = (event: KeyboardEvent & { currentTarget: HTMLElement }): void => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    go(event.key === "ArrowLeft" ? "back" : "on", event.currentTarget);
  };
  const stepButton = (step: Step): JSX.Element => (
    <button
      type="button"
      class="ghost"
      data-step={step}
      aria-label={step === "back" ? l.previousVersion : l.nextVersion}
      title={step === "back" ? l.previousVersion : l.nextVersion}
      aria-disabled={targetOf(step) === undefined}
      onClick={(event) => go(step, event.currentTarget.parentElement as HTMLElement)}
    >
      <Icon name={step === "back" ? "back" : "chevron"} />
    </button>
  );
  return (
    <Show when={props.versions.length > 1}>
      <span
        class="branches"
        role="group"
        aria-label={t.versions(at() + 1, props.versions.length)}
        onKeyDown={onKeyDown}
      >
        {stepButton("back")}
        <span class="branch-count">{`${at() + 1}/${props.versions.length}`}</span>
        {stepButton("on")}
      </span>
    </Show>
  );
}
