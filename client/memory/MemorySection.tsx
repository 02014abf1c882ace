/** The vault's memory, among the settings. */
import type { JSX } from "solid-js";
import { createMemory } from "#sync/docs/memory.ts";
import type { Vault } from "#sync/vault.ts";
import { createFacts } from "../bridge/createFacts.ts";
import { MemoryList } from "./MemoryList.tsx";
import { m } from "./words.ts";

export function MemorySection(props: { vault: Vault }): JSX.Element {
  // eslint-disable-next-line solid/reactivity -- reason: the settings are of one vault, and go with it.
  const memory = createMemory(props.vault.catalog.yDoc);
  const facts = createFacts(memory);
  return (
    <section aria-label={m.memory}>
      <h3>{m.memory}</h3>
      <p class="settings-note">{m.memoryNote}</p>
      <MemoryList
        memory={memory}
        facts={facts}
        titleOf={(chat) => props.vault.catalog.value.entry(chat)?.title ?? null}
      />
      <label class="memory-switch">
        <input
          type="checkbox"
          checked={facts.proposes}
          onChange={(event) => memory.setProposes(event.currentTarget.checked)}
        />
        <span>
          {m.proposes}
          <span class="memory-note">{m.proposesNote}</span>
        </span>
      </label>
    </section>
  );
}
