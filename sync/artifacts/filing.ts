/**
 * What an answer's artifacts come to, decided from the answer and the texts that its model was shown, and from nothing else: so every
 * device that files an answer files the same. An answer's edits of one artifact are one proposal, each on the text as the one before left
 * it; an edit of an artifact that the same answer made goes into its first text.
 */
import type { DocId } from "#crypto/ids.ts";
import type { SeenArtifact } from "../docs/answerArtifacts.ts";
import type { ArtifactKind } from "../docs/artifactList.ts";
import { artifactCharsMax, editsMax, filedPartsMax } from "../limits.ts";
import type { AnswerPart } from "./answerParts.ts";
import { planEdit, sayTooLong, type Edit } from "./edits.ts";

/** Of an artifact's id, as much as a model is shown at least. */
export const shortIdChars = 8;

export interface MadeArtifact {
  readonly index: number;
  readonly id: DocId;
  readonly title: string;
  readonly sort: ArtifactKind;
  readonly language: string;
  text: string;
}

export interface EditedArtifact extends SeenArtifact {
  readonly edits: { readonly index: number; readonly edit: Edit }[];
}

export interface Filing {
  readonly made: readonly MadeArtifact[];
  readonly edited: readonly EditedArtifact[];
  readonly unfit: readonly Unfit[];
}

export interface Unfit {
  readonly index: number;
  readonly says: string;
}

/** `isWhole`: the answer ended by itself, so a part that was left open is as long as it was meant to be. */
export function planFiling(
  parts: readonly AnswerPart[],
  seen: readonly SeenArtifact[],
  idOf: (index: number) => DocId,
  isWhole: boolean,
): Filing {
  const made: MadeArtifact[] = [];
  const edited = new Map<DocId, EditedArtifact>();
  const unfit: Unfit[] = [];
  for (const part of parts) {
    if (part.kind === "words" || part.index >= filedPartsMax || !(part.isClosed || isWhole)) continue;
    const { index } = part;
    if (part.kind === "new") {
      const { title, sort, language, text } = part;
      if (text.length > artifactCharsMax) unfit.push({ index, says: sayTooLong(text.length) });
      else made.push({ index, id: idOf(index), title, sort, language, text });
      continue;
    }
    const own = findById(made, part.id);
    const other = own === null ? findById(seen, part.id) : null;
    if (own !== null) {
      const planned = planEdit(own.text, part.edit);
      if (planned.kind === "unfit") unfit.push({ index, says: planned.says });
      else if (planned.text.length > artifactCharsMax) unfit.push({ index, says: sayTooLong(planned.text.length) });
      else own.text = planned.text;
    } else if (other !== null) {
      const into = edited.get(other.id) ?? { id: other.id, heads: other.heads, edits: [] };
      into.edits.push({ index, edit: part.edit });
      edited.set(other.id, into);
    } else unfit.push({ index, says: sayUnknown(part.id) });
  }
  return { made, edited: [...edited.values()], unfit };
}

export interface JoinedEdit {
  /** `null`: none of them fits. */
  readonly edit: Edit | null;
  readonly fit: readonly number[];
  readonly unfit: readonly Unfit[];
  readonly text: string;
}

/** Edits of one text after one another, as one. */
export function joinEdits(before: string, edits: EditedArtifact["edits"]): JoinedEdit {
  const fit: { readonly index: number; readonly edit: Edit }[] = [];
  const unfit: Unfit[] = [];
  let text = before;
  for (const { index, edit } of edits) {
    const planned = planEdit(text, edit);
    if (planned.kind === "unfit") unfit.push({ index, says: planned.says });
    else if (planned.splices.length === 0)
      unfit.push({ index, says: "The edit changes nothing: the text is so already." });
    else {
      fit.push({ index, edit });
      text = planned.text;
    }
  }
  const pieces = fit.flatMap(({ edit }) => (edit.kind === "pieces" ? edit.pieces : []));
  const isPieces = fit.every(({ edit }) => edit.kind === "pieces") && pieces.length <= editsMax;
  const edit: Edit = isPieces ? { kind: "pieces", pieces } : { kind: "whole", text };
  return { edit: text === before ? null : edit, fit: fit.map(({ index }) => index), unfit, text };
}

/** The one whose id begins so. */
export function findById<T extends { readonly id: DocId }>(all: readonly T[], given: string): T | null {
  const found = given.length < shortIdChars ? [] : all.filter(({ id }) => id.startsWith(given.toLowerCase()));
  return found.length === 1 ? (found[0] ?? null) : null;
}

export const sayUnknown = (id: string): string =>
  `There is no artifact with the id ${JSON.stringify(id.slice(0, 40))} here. Use an id that you were shown, or make a new one.`;
