/** A project's memory, on its page. */
import { type JSX, Show } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import { createMemory, type Memory } from "#sync/docs/memory.ts";
import type { Vault } from "#sync/vault.ts";
import { createFacts } from "../bridge/createFacts.ts";
import { createOpenProject } from "../bridge/createOpenProject.ts";
import { MemoryList } from "./MemoryList.tsx";
import { m } from "./words.ts";

export function ProjectMemory(props: { vault: Vault; id: DocId }): JSX.Element {
  const open = createOpenProject(
    () => props.vault,
    () => props.id,
  );
  return (
    <section class="project-field" aria-label={m.projectMemory}>
      <h2 class="field-name">{m.projectMemory}</h2>
      <Show when={open()} keyed>
        {(doc) => <Remembered memory={doc.value.memory} vault={props.vault} />}
      </Show>
      <p class="project-note">{m.projectMemoryNote}</p>
    </section>
  );
}

function Remembered(props: { memory: Memory; vault: Vault }): JSX.Element {
  // eslint-disable-next-line solid/reactivity -- reason: this stands keyed by its project.
  const facts = createFacts(props.memory);
  return (
    <>
      <MemoryList
        memory={props.memory}
        facts={facts}
        beside={createMemory(props.vault.catalog.yDoc)}
        titleOf={(chat) => props.vault.catalog.value.entry(chat)?.title ?? null}
      />
      <label class="memory-switch">
        <input
          type="checkbox"
          checked={facts.keepsUnasked}
          onChange={(event) => props.memory.setKeepsUnasked(event.currentTarget.checked)}
        />
        <span>
          {m.keepsUnasked}
          <span class="memory-note">{m.keepsUnaskedNote}</span>
        </span>
      </label>
    </>
  );
}
