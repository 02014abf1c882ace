/** Under an answer: what its model proposes to remember, for the owner to decide. Fetched with the first answer that proposes something. */
import { createEffect, createSignal, For, type JSX, onCleanup, Show } from "solid-js";
import type { Memory } from "#sync/docs/memory.ts";
import { isDecidedIn, keepProposal, keepUnasked, proposalId } from "./keepUnasked.ts";
import type { OpenMemories } from "./openMemories.ts";
import { m } from "./words.ts";
import "./memory.css";

export function Proposals(props: {
  facts: readonly string[];
  /** Of the answer: a proposal is the same on every device. */
  message: string;
  open(): Promise<OpenMemories | null>;
}): JSX.Element {
  const [memories, setMemories] = createSignal<OpenMemories | null>(null);
  const [version, setVersion] = createSignal(0);
  let isGone = false;
  let leave = (): void => {};

  const keep = (memory: Memory, index: number): void => {
    const [text, open] = [props.facts[index], memories()];
    if (text !== undefined && open !== null)
      keepProposal(memory, open, { message: props.message, index, text, at: Date.now() });
  };
  const isDecided = (index: number): boolean => {
    version();
    const open = memories();
    return open === null || isDecidedIn(open, proposalId(props.message, index));
  };

  // eslint-disable-next-line solid/reactivity -- reason: asked once, for as long as the answer is laid out.
  void props
    .open()
    .then((open) => {
      if (isGone || open === null) return open?.close();
      const bump = (): void => void setVersion((before) => before + 1);
      const leaves = [open.vault.observe(bump), open.project?.memory.observe(bump) ?? ((): void => {})];
      leave = () => {
        for (const each of leaves) each();
        open.close();
      };
      setMemories(open);
    })
    .catch(() => undefined);
  onCleanup(() => {
    isGone = true;
    leave();
  });
  createEffect(() => {
    version();
    const open = memories();
    if (open !== null) keepUnasked(open, props.message, props.facts, Date.now());
  });

  return (
    <For each={props.facts}>
      {(text, index) => (
        <Show when={memories() !== null && !isDecided(index()) ? memories() : null}>
          {(open) => (
            <div class="memory-ask" role="group" aria-label={m.asks}>
              <p>
                <strong>{m.asks}</strong> {text}
              </p>
              <div class="memory-answers">
                <button type="button" class="plain" onClick={() => keep(open().vault, index())}>
                  {m.keep}
                </button>
                <Show when={open().project}>
                  {(project) => (
                    <button type="button" class="plain" onClick={() => keep(project().memory, index())}>
                      {m.keepHere(project().name)}
                    </button>
                  )}
                </Show>
                <button
                  type="button"
                  class="quiet"
                  onClick={() => open().vault.decline(proposalId(props.message, index()), Date.now())}
                >
                  {m.decline}
                </button>
              </div>
            </div>
          )}
        </Show>
      )}
    </For>
  );
}
