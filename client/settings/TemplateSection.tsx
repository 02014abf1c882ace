/** The owner's templates: written here, put into a message with a slash. */
import { createSignal, createUniqueId, For, type JSX, Show } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { Template } from "#sync/docs/templates.ts";
import { t } from "../app/strings.ts";
import { w } from "./words.ts";
import type { TemplateList } from "../bridge/createTemplates.ts";
import { newId } from "../platform/newId.ts";

/** `project`: its own, instead of those that are offered everywhere. */
export function TemplateSection(props: { templates: TemplateList; project?: DocId; note: string }): JSX.Element {
  const rows = () => props.templates.rows.filter(({ project }) => project === props.project);
  const fresh = (): Template => ({
    ...{ id: newId(), name: "", text: "" },
    ...(props.project === undefined ? {} : { project: props.project }),
  });
  /** `null`: none is open. */
  const [edited, setEdited] = createSignal<Template | null>(null);
  const [removed, setRemoved] = createSignal<Template | null>(null);
  return (
    <section>
      <Show when={props.project} fallback={<h3>{t.templates}</h3>}>
        <h2 class="field-name">{t.templates}</h2>
      </Show>
      <p class="settings-note">{props.note}</p>
      <ul class="template-list">
        <For each={rows()}>
          {(template) => (
            <li>
              <span class="slash-name">/{template.name}</span>
              <span class="slash-says">{template.text}</span>
              <Show when={template.from}>{(from) => <span class="settings-note">{w.templateFrom(from())}</span>}</Show>
              <button
                type="button"
                class="quiet"
                aria-label={w.editTemplate(template.name)}
                onClick={() => setEdited({ ...template })}
              >
                {t.edit}
              </button>
              <button
                type="button"
                class="quiet"
                aria-label={w.removeTemplate(template.name)}
                onClick={() => {
                  setRemoved({ ...template });
                  props.templates.remove(template.id);
                }}
              >
                {t.remove}
              </button>
            </li>
          )}
        </For>
      </ul>
      {/* Here and not at the foot of the page, which is out of reach behind this sheet. */}
      <p class="settings-note" role="status">
        <Show when={removed()}>
          {(template) => (
            <>
              {w.templateRemoved}{" "}
              <button
                type="button"
                class="quiet"
                onClick={() => {
                  props.templates.put(template());
                  setRemoved(null);
                }}
              >
                {t.undo}
              </button>
            </>
          )}
        </Show>
      </p>
      <Show
        when={edited()}
        keyed
        fallback={
          <button type="button" class="plain" onClick={() => setEdited(fresh())}>
            {w.newTemplate}
          </button>
        }
      >
        {(template) => (
          <TemplateForm
            template={template}
            save={(next) => {
              const { from, ...own } = next;
              // Written anew, its words are the owner's own; with another name alone, they are not.
              const isSame = from === undefined || next.text === template.text;
              props.templates.put(isSame ? next : own);
              setEdited(null);
            }}
            leave={() => setEdited(null)}
          />
        )}
      </Show>
    </section>
  );
}

function TemplateForm(props: { template: Template; save(template: Template): void; leave(): void }): JSX.Element {
  const nameId = createUniqueId();
  const textId = createUniqueId();
  return (
    <form
      class="template-form"
      onSubmit={(event) => {
        event.preventDefault();
        const data = new FormData(event.currentTarget);
        const [name, text] = [String(data.get("name")).trim(), String(data.get("text"))];
        if (name !== "" && text.trim() !== "") props.save({ ...props.template, name, text });
      }}
    >
      <label for={nameId}>{w.templateName}</label>
      <input
        id={nameId}
        name="name"
        value={props.template.name}
        maxlength="40"
        required
        autocomplete="off"
        ref={(field) => queueMicrotask(() => field.focus())}
      />
      <label for={textId}>{w.templateText}</label>
      <textarea id={textId} name="text" rows="4" required>
        {props.template.text}
      </textarea>
      <div class="template-foot">
        <button type="button" class="plain" onClick={() => props.leave()}>
          {t.cancel}
        </button>
        <button type="submit" class="primary">
          {t.save}
        </button>
      </div>
    </form>
  );
}
