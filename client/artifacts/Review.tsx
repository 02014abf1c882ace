/** What a model proposes: what it would change, change by change, and the owner's decision. Writing goes on beside it. */
import { createEffect, createMemo, createSignal, For, type JSX, on, Show } from "solid-js";
import type { Proposal } from "#sync/artifacts/artifact.ts";
import type { ArtifactEntry } from "#sync/docs/artifactList.ts";
import type { ShownArtifact } from "../bridge/createArtifact.ts";
import { shortTime } from "../chat/words.ts";
import { Icon } from "../ui/Icon.tsx";
import { showToast } from "../ui/toasts.tsx";
import { titleOf } from "./artifactActions.ts";
import { DiffView, LayoutSwitch } from "./DiffView.tsx";
import { a } from "./words.ts";

export const modelOf = ({ by }: Pick<Proposal, "by">): string => (by.model === "" ? a.aModel : by.model);

/** Of each artifact, its proposals that are its first text: that one was made, and not changed. */
const firsts = new WeakMap<object, Map<string, boolean>>();

/** Newest first, those that were decided among them. */
export function readProposals({ artifact, changed }: ShownArtifact): readonly Proposal[] {
  changed();
  const known = firsts.get(artifact) ?? new Map<string, boolean>();
  firsts.set(artifact, known);
  return artifact.proposals().filter(({ id, base, choice }) => {
    if (choice !== "accepted") return true;
    const isFirst = known.get(id) ?? artifact.textAt(base) === "";
    known.set(id, isFirst);
    return !isFirst;
  });
}

export const openOnes = (proposals: readonly Proposal[]): readonly Proposal[] =>
  proposals.filter(({ choice }) => choice === null);

export function Review(props: {
  shown: ShownArtifact;
  entry: ArtifactEntry;
  /** Into the field for a message; `null`: there is no chat to ask in. */
  ask: ((text: string) => void) | null;
  /** Back to the text. */
  write(): void;
}): JSX.Element {
  const proposals = createMemo(() => readProposals(props.shown));
  const [wanted, setWanted] = createSignal<string | null>(null);
  const current = createMemo((): Proposal | null => {
    const all = proposals();
    return all.find(({ id }) => id === wanted()) ?? openOnes(all)[0] ?? all[0] ?? null;
  });
  const id = createMemo(() => current()?.id ?? null);
  // What it proposes is written once.
  const view = createMemo(() => {
    const name = id();
    return name === null ? null : props.shown.artifact.view(name);
  });
  const [left, setLeft] = createSignal<ReadonlySet<number>>(new Set());
  createEffect(on(id, () => setLeft(new Set<number>()), { defer: true }));
  const hunks = () => view()?.hunks ?? [];
  const chosen = createMemo(() => new Set(hunks().flatMap((_, index) => (left().has(index) ? [] : [index]))));
  const choose = (index: number, isTaken: boolean): void => {
    const next = new Set(left());
    if (isTaken) next.delete(index);
    else next.add(index);
    setLeft(next);
  };

  const accept = (name: string): void => {
    const isAll = chosen().size === hunks().length;
    const isDone = props.shown.artifact.accept(name, isAll ? undefined : chosen());
    if (isDone) {
      const { artifact } = props.shown;
      const undo = (): void => {
        if (!artifact.undo(name)) showToast({ says: a.notUndone });
      };
      showToast({ says: a.accepted, action: { label: a.undo, act: undo } });
    }
    if (openOnes(props.shown.artifact.proposals()).length === 0) props.write();
  };
  const reject = (name: string): void => {
    props.shown.artifact.reject(name);
    showToast({ says: a.rejected, action: { label: a.undo, act: () => props.shown.artifact.reopen(name) } });
  };
  const askAgain = (name: string): void => {
    props.shown.artifact.reject(name);
    props.ask?.(`${a.askAgainText(titleOf(props.entry))} `);
  };

  return (
    <Show when={current()} fallback={<p class="artifact-note">{a.noProposals}</p>}>
      {(proposal) => (
        <div class="review">
          <div class="review-head">
            <div class="review-who">
              <Show
                when={proposals().length > 1}
                fallback={
                  <p>
                    <strong>{modelOf(proposal())}</strong> {a.proposalAt(shortTime(proposal().at, Date.now()))}
                  </p>
                }
              >
                <span class="select-field">
                  <select
                    class="field"
                    aria-label={a.proposalChooser}
                    value={proposal().id}
                    onChange={(event) => setWanted(event.currentTarget.value)}
                  >
                    <For each={proposals()}>
                      {(each) => (
                        <option value={each.id} selected={each.id === proposal().id}>
                          {`${modelOf(each)}, ${shortTime(each.at, Date.now())}${each.choice === null ? "" : ` (${a.decided[each.choice]})`}`}
                        </option>
                      )}
                    </For>
                  </select>
                  <Icon name="chevron" />
                </span>
              </Show>
              <LayoutSwitch />
            </div>
            <p class="review-note">{proposal().choice === null ? a.meanwhile : ""}</p>
          </div>
          <Show when={view()} fallback={<p class="artifact-note">{a.unreadable}</p>}>
            {(what) => (
              <div class="review-body" tabindex="0" role="group" aria-label={a.changes}>
                <DiffView
                  before={what().before}
                  hunks={what().hunks}
                  isCode={
                    props.entry.kind !== "markdown" && props.entry.kind !== "email" && props.entry.kind !== "text"
                  }
                  {...(proposal().choice === null ? { chosen: chosen(), choose } : {})}
                />
              </div>
            )}
          </Show>
          <div class="review-foot" role="group" aria-label={a.changes}>
            <Show
              when={proposal().choice === null}
              fallback={
                <>
                  <p role="status">{a.decided[proposal().choice ?? "accepted"]}</p>
                  <Show when={proposal().choice === "rejected"}>
                    <button type="button" class="plain" onClick={() => props.shown.artifact.reopen(proposal().id)}>
                      {a.takeBack}
                    </button>
                  </Show>
                </>
              }
            >
              <button
                type="button"
                class="primary"
                aria-disabled={chosen().size === 0}
                onClick={() => chosen().size > 0 && accept(proposal().id)}
              >
                {chosen().size === hunks().length ? a.acceptAll : a.acceptSome(chosen().size, hunks().length)}
              </button>
              <button type="button" class="plain" onClick={() => reject(proposal().id)}>
                {a.reject}
              </button>
              <Show when={props.ask}>
                <button type="button" class="plain" onClick={() => askAgain(proposal().id)}>
                  {a.askAgain}
                </button>
              </Show>
            </Show>
          </div>
        </div>
      )}
    </Show>
  );
}
