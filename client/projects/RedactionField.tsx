/** What is taken out of a project's questions before a model server elsewhere sees them. Fetched with the page. */
import { createEffect, createSignal, on, For, type JSX, onCleanup } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import {
  noRedactionRules,
  readRedactionRules,
  redactionModes,
  type RedactionRules,
  writeRedactionRules,
} from "#sync/docs/redactionRules.ts";
import type { Vault } from "#sync/vault.ts";
import { createOpenProject } from "../bridge/createOpenProject.ts";
import { k } from "../tools/words.ts";
import { Icon } from "../ui/Icon.tsx";

export function RedactionField(props: { vault: Vault; id: DocId }): JSX.Element {
  const open = createOpenProject(
    () => props.vault,
    () => props.id,
  );
  const [rules, setRules] = createSignal<RedactionRules>(noRedactionRules);
  createEffect(
    on(open, (doc) => {
      if (doc === null) return;
      const map = doc.yDoc.getMap("redaction");
      const look = (): void => void setRules(readRedactionRules(doc.yDoc));
      look();
      map.observe(look);
      onCleanup(() => map.unobserve(look));
    }),
  );
  const change = (more: Partial<RedactionRules>): void => {
    const doc = open();
    if (doc !== null) writeRedactionRules(doc.yDoc, { ...readRedactionRules(doc.yDoc), ...more });
  };
  const isOff = (): boolean => rules().mode === "off";

  return (
    <section class="project-field redaction" aria-label={k.redaction.title}>
      <h2 class="field-name">{k.redaction.title}</h2>
      <p class="project-note">{k.redaction.note}</p>
      <span class="select-field">
        <select
          class="field"
          aria-label={k.redaction.title}
          disabled={open() === null}
          onChange={(event) => {
            const mode = redactionModes.find((each) => each === event.currentTarget.value) ?? null;
            change({ mode });
          }}
        >
          <option value="" selected={rules().mode === null}>
            {k.redaction.asHost}
          </option>
          <For each={redactionModes.toReversed()}>
            {(mode) => (
              <option value={mode} selected={rules().mode === mode}>
                {k.redaction.modes[mode]}
              </option>
            )}
          </For>
        </select>
        <Icon name="chevron" />
      </span>
      <label class="project-field">
        <span class="field-name">{k.redaction.words}</span>
        <textarea
          class="field"
          rows="3"
          placeholder={k.redaction.wordsHint}
          value={rules().words.join("\n")}
          disabled={open() === null || isOff()}
          onChange={(event) => change({ words: event.currentTarget.value.split("\n") })}
        />
      </label>
      <label class="redaction-names">
        <input
          type="checkbox"
          checked={rules().names}
          disabled={open() === null || isOff()}
          onChange={(event) => change({ names: event.currentTarget.checked })}
        />
        <span>
          {k.redaction.names}
          <span class="project-note">{k.redaction.namesNote}</span>
        </span>
      </label>
    </section>
  );
}
