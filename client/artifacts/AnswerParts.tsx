/** An answer that makes artifacts or proposes edits of them: its words, and a card in the place of each. Fetched with the first. */
import { createMemo, createSignal, Index, type JSX, Match, onCleanup, Switch, useContext } from "solid-js";
import { parseDocId, parseRunId, type DocId } from "#crypto/ids.ts";
import { type AnswerPart, readAnswerParts } from "#sync/artifacts/answerParts.ts";
import type { ArtifactEntry } from "#sync/docs/artifactList.ts";
import { goToArtifact, routedArtifact } from "../app/route.ts";
import { createFrameBatch } from "../bridge/frames.ts";
import { Prose } from "../chat/Prose.tsx";
import { titleOf } from "./artifactActions.ts";
import { type ArtifactDesk, Desk } from "./desk.ts";
import { KindMark } from "./KindMark.tsx";
import { a } from "./words.ts";
import "./cards.css";

export function AnswerParts(props: { text: string; run: string; isArriving: boolean }): JSX.Element {
  const parts = createMemo(() => readAnswerParts(props.text));
  return (
    <Index each={parts()}>
      {(part, place) => (
        <Switch>
          <Match when={part().kind === "words" && (part() as Extract<AnswerPart, { kind: "words" }>)}>
            {(words) => <Prose text={words().text} isArriving={props.isArriving && place === parts().length - 1} />}
          </Match>
          <Match when={part().kind !== "words" && (part() as Exclude<AnswerPart, { kind: "words" }>)}>
            {(made) => <Card part={made()} run={props.run} isArriving={props.isArriving} />}
          </Match>
        </Switch>
      )}
    </Index>
  );
}

function Card(props: { part: Exclude<AnswerPart, { kind: "words" }>; run: string; isArriving: boolean }): JSX.Element {
  const desk = useContext(Desk);
  const entry = createEntry(desk, () => idOf(desk, props.part, props.run));
  const isOver = (): boolean => props.part.isClosed || !props.isArriving;
  const title = (): string => {
    const known = entry();
    if (known !== null) return titleOf(known);
    return props.part.kind === "new" && props.part.title !== "" ? props.part.title : a.artifact;
  };
  const says = (): string => {
    const isEdit = props.part.kind === "edit";
    if (!isOver()) return isEdit ? a.beingChanged : a.beingWritten;
    const known = entry();
    if (isEdit) return known === null ? a.notThere : a.changesProposed;
    return a.kinds[known?.kind ?? (props.part.kind === "new" ? props.part.sort : "text")];
  };
  return (
    <button
      type="button"
      class="artifact-card"
      classList={{ writing: !isOver() }}
      aria-label={a.open(title())}
      aria-disabled={entry() === null}
      aria-current={entry() !== null && routedArtifact() === entry()?.id ? "true" : undefined}
      onClick={() => {
        const known = entry();
        if (known !== null) goToArtifact(known.id);
      }}
    >
      <KindMark kind={entry()?.kind ?? (props.part.kind === "new" ? props.part.sort : "text")} />
      <span class="card-words">
        <span class="card-title" dir="auto">
          {title()}
        </span>
        <span class="card-says">{says()}</span>
      </span>
    </button>
  );
}

/** `null`: there is no such artifact here. */
function idOf(desk: ArtifactDesk | null, part: Exclude<AnswerPart, { kind: "words" }>, run: string): DocId | null {
  if (desk === null) return null;
  if (part.kind === "new") {
    const [chat, of] = [desk.chat(), parseRunId(run)];
    return chat === null || of === null ? null : desk.vault.artifactOfAnswer(chat, of, part.index);
  }
  const whole = parseDocId(part.id);
  if (whole !== null) return whole;
  // A model is shown the beginning of an id.
  const found = desk.vault.catalog.value.artifacts.all().filter(({ id }) => id.startsWith(part.id.toLowerCase()));
  return part.id.length >= shortIdCharsMin && found.length === 1 ? (found[0]?.id ?? null) : null;
}

/** Fewer would fit another one. */
const shortIdCharsMin = 8;

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
