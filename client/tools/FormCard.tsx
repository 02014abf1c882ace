/** What a tool asks in the middle of its work: its question, in its server's words, as a form of plain fields. Nothing goes to it unless its owner says so. */
import { createMemo, createSignal, createUniqueId, For, type JSX, Match, Show, Switch } from "solid-js";
import type { CallView } from "#sync/docs/toolSteps.ts";
import type { AnswerCall } from "./ApprovalCard.tsx";
import { ExactText } from "./ExactText.tsx";
import { isFresh } from "./askState.ts";
import { createCardClock } from "./createCardClock.ts";
import { type FormField, readFields, readGiven } from "./formFields.ts";
import { sayHidden } from "./showHidden.ts";
import { k } from "./words.ts";

type Form = NonNullable<CallView["form"]>;

export function FormCard(props: { call: CallView; form: Form; answerCall: AnswerCall }): JSX.Element {
  const [isAnswered, setIsAnswered] = createSignal(false);
  const [missing, setMissing] = createSignal<readonly string[]>([]);
  const { shownAt, now } = createCardClock();
  /** Nor in the moment in which it comes up (askState.ts). */
  const isClosed = (): boolean => isAnswered() || isFresh(now(), shownAt);
  const id = createUniqueId();
  const secondsLeft = (): number => Math.max(0, Math.ceil((props.form.until - now()) / 1_000));
  const fields = createMemo(() => readFields(props.form.fields));
  const say = (answer: string | null): void => {
    if (isClosed()) return;
    setIsAnswered(true);
    props.answerCall(props.call, { answer }).catch(() => setIsAnswered(false));
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const given = readGiven(fields(), new FormData(form));
    setMissing(given.missing);
    if (given.missing.length === 0) say(JSON.stringify(given.answer));
    else form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  };

  return (
    <form class="approval tool-form" aria-labelledby={id} novalidate onSubmit={submit}>
      <p id={id} class="approval-title">
        {k.formTitle}
      </p>
      <p class="approval-what">
        <strong>
          <ExactText text={props.call.name} />
        </strong>
        <Show when={props.call.target !== ""}>
          <span>
            <ExactText text={props.call.target} />
          </span>
        </Show>
      </p>
      <p class="form-says">
        <ExactText text={props.form.says} />
      </p>
      <For each={fields()}>
        {(field) => <Field field={field} id={`${id}-${field.name}`} isMissing={missing().includes(field.name)} />}
      </For>
      <p class="tool-note">{k.formNote}</p>
      <div class="approval-buttons">
        <button type="submit" class="primary" aria-disabled={isClosed() || secondsLeft() === 0}>
          {k.formSend}
        </button>
        <button type="button" class="plain" aria-disabled={isClosed()} onClick={() => say(null)}>
          {k.formRefuse}
        </button>
      </div>
      <p class="tool-note">{isAnswered() ? k.answered : k.formSecondsLeft(secondsLeft())}</p>
    </form>
  );
}

function Field(props: { field: FormField; id: string; isMissing: boolean }): JSX.Element {
  const about = (): string => `${props.id}-about`;
  const described = (): string | undefined => (props.field.says === "" && !props.isMissing ? undefined : about());
  return (
    <div class="form-field">
      <Show
        when={props.field.kind === "yes" || props.field.kind === "some"}
        fallback={
          <label for={props.id}>
            <ExactText text={props.field.title} />
            <Show when={!props.field.isNeeded}>
              <span class="form-optional"> {k.formOptional}</span>
            </Show>
          </label>
        }
      >
        <Show when={props.field.kind === "some"}>
          <p id={`${props.id}-title`}>
            <ExactText text={props.field.title} />
          </p>
        </Show>
      </Show>
      <Control field={props.field} id={props.id} described={described()} isMissing={props.isMissing} />
      <Show when={described() !== undefined}>
        <p id={about()} class="tool-note">
          <Show when={props.isMissing}>
            <span class="form-missing">{k.formMissing} </span>
          </Show>
          <ExactText text={props.field.says} />
        </p>
      </Show>
    </div>
  );
}

function Control(props: {
  field: FormField;
  id: string;
  described: string | undefined;
  isMissing: boolean;
}): JSX.Element {
  return (
    <Switch
      fallback={
        <input
          id={props.id}
          name={props.field.name}
          type={props.field.kind === "number" ? "number" : "text"}
          step={props.field.isWhole ? "1" : "any"}
          value={props.field.preset}
          maxlength={1_000}
          autocomplete="off"
          aria-required={props.field.isNeeded}
          aria-describedby={props.described}
          aria-invalid={props.isMissing}
        />
      }
    >
      <Match when={props.field.kind === "one"}>
        <select id={props.id} name={props.field.name} aria-describedby={props.described} aria-invalid={props.isMissing}>
          <option value="">{k.formChoose}</option>
          <For each={props.field.choices}>
            {(choice) => (
              <option value={choice.value} selected={choice.value === props.field.preset}>
                {sayHidden(choice.title)}
              </option>
            )}
          </For>
        </select>
      </Match>
      <Match when={props.field.kind === "some"}>
        <div role="group" aria-labelledby={`${props.id}-title`} aria-describedby={props.described} class="form-choices">
          <For each={props.field.choices}>
            {(choice) => (
              <label>
                <input type="checkbox" name={props.field.name} value={choice.value} /> <ExactText text={choice.title} />
              </label>
            )}
          </For>
        </div>
      </Match>
      <Match when={props.field.kind === "yes"}>
        <label class="form-yes">
          <input
            type="checkbox"
            name={props.field.name}
            checked={props.field.preset === "true"}
            aria-describedby={props.described}
          />{" "}
          <ExactText text={props.field.title} />
        </label>
      </Match>
    </Switch>
  );
}
