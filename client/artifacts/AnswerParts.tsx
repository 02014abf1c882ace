/** An answer that makes artifacts or proposes edits of them: its words, and a card in the place of each. Fetched with the first. */
import { createMemo, createSignal, Index, type JSX, Match, onCleanup, Show, Switch, useContext } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import { type AnswerPart, readAnswerParts } from "#sync/artifacts/answerParts.ts";
import { findById } from "#sync/artifacts/filing.ts";
import type { FiledPart } from "#sync/docs/answerArtifacts.ts";
import type { ArtifactEntry } from "#sync/docs/artifactList.ts";
import type { RunView } from "#sync/docs/run.ts";
import { goToArtifact, routedArtifact } from "../app/route.ts";
import { createFrameBatch } from "../bridge/frames.ts";
import { Prose } from "../chat/Prose.tsx";
import { titleOf } from "./artifactActions.ts";
import { type ArtifactDesk, Desk } from "./desk.ts";
import { KindMark } from "./KindMark.tsx";
import { a } from "./words.ts";
import "./cards.css";

type Made = Exclude<AnswerPart, { kind: "words" }>;

/** `text`: the answer's, without what it proposes to remember. */
export function AnswerParts(props: { text: string; run: RunView; isArriving: boolean }): JSX.Element {
  const parts = createMemo(() => readAnswerParts(props.text));
  return (
    <Index each={parts()}>
      {(part, place) => (
        <Switch>
          <Match when={part().kind === "words" && (part() as Extract<AnswerPart, { kind: "words" }>)}>
            {(words) => <Prose text={words().text} isArriving={props.isArriving && place === parts().length - 1} />}
          </Match>
          <Match when={part().kind !== "words" && (part() as Made)}>
            {(made) => <Card part={made()} run={props.run} isArriving={props.isArriving} />}
          </Match>
        </Switch>
      )}
    </Index>
  );
}

function Card(props: { part: Made; run: RunView; isArriving: boolean }): JSX.Element {
  const desk = useContext(Desk);
  const filed = createMemo(() => props.run.filed?.find(({ index }) => index === props.part.index) ?? null);
  const entry = createEntry(desk, () => idOf(desk, props.part, filed(), props.run));
  const isWriting = (): boolean => props.isArriving && !props.part.isClosed;
  const kind = () => entry()?.kind ?? (props.part.kind === "new" ? props.part.sort : "text");
  const title = (): string => {
    const known = entry();
    if (known !== null) return titleOf(known);
    return props.part.kind === "new" && props.part.title !== "" ? props.part.title : a.artifact;
  };
  const says = (): string => {
    const isEdit = props.part.kind === "edit";
    if (isWriting()) return isEdit ? a.beingChanged : a.beingWritten;
    if (filed()?.kind === "unfit") return isEdit ? a.unfit : a.notMade;
    if (entry() !== null) return isEdit ? a.changesProposed : a.kinds[kind()];
    return props.run.filed === null ? a.notFiledYet : isEdit ? a.notThere : a.deleted;
  };
  const isStuck = (): boolean => !props.isArriving && props.run.filed === null && entry() === null;
  const open = (): void => {
    const known = entry();
    if (known !== null) goToArtifact(known.id);
  };

  return (
    <div class="artifact-card-place">
      <button
        type="button"
        class="artifact-card"
        classList={{ writing: isWriting() }}
        aria-label={a.open(title())}
        aria-disabled={entry() === null}
        aria-current={entry() !== null && routedArtifact() === entry()?.id ? "true" : undefined}
        onClick={open}
      >
        <KindMark kind={kind()} />
        <span class="card-words">
          <span class="card-title" dir="auto">
            {title()}
          </span>
          <span class="card-says">{says()}</span>
        </span>
      </button>
      {/* Old answers are not gone through again by themselves. */}
      <Show when={isStuck() && desk}>
        {(here) => (
          <button type="button" class="quiet" onClick={() => here().file(props.run.run)}>
            {a.keepIt}
          </button>
        )}
      </Show>
    </div>
  );
}

/** `null`: it is not known which, or there is none. */
function idOf(desk: ArtifactDesk | null, part: Made, filed: FiledPart | null, run: RunView): DocId | null {
  if (filed !== null) return filed.kind === "unfit" ? null : filed.artifact;
  const chat = desk?.chat() ?? null;
  if (desk === null || chat === null) return null;
  if (part.kind === "new") return desk.vault.artifactOfAnswer(chat, run.run, part.index);
  return findById(run.seen ?? [], part.id)?.id ?? null;
}

/** What the list says of it now; read again when the list changes. */
function createEntry(desk: ArtifactDesk | null, id: () => DocId | null): () => ArtifactEntry | null {
  const [version, setVersion] = createSignal(0);
  const batch = createFrameBatch(() => setVersion((count) => count + 1));
  const leave = desk?.vault.catalog.value.artifacts.observe(batch.schedule);
  onCleanup(() => {
    leave?.();
    batch.cancel();
  });
  const entry = createMemo(() => {
    version();
    const wanted = id();
    const found = wanted === null ? null : (desk?.vault.catalog.value.artifacts.entry(wanted) ?? null);
    return found?.deletedAt === null ? found : null;
  });
  return entry;
}
