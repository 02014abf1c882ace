/**
 * Passages out of the owner's files that go with a question, chosen by the device that asks. They stand in the chat as they are, since
 * a host that answers it reads no other doc, and an answer that cites them has to mean the same words years later.
 */
import { parseDocId, type DocId } from "#crypto/ids.ts";
import { attachmentNameCharsMax, sourceCharsMax, sourcesMax } from "../limits.ts";

export interface Source {
  /** The file, as the project or the message lists it. */
  readonly file: DocId;
  readonly name: string;
  /** From 1; `null` where a file has no pages. */
  readonly page: number | null;
  /** Where it begins in what the file says, in UTF-16 units. */
  readonly at: number;
  readonly text: string;
}

export const noSources: readonly Source[] = [];

/** The place in this list, from 1, is the number that a model cites: every reader leaves out the same ones. */
export function readSources(value: unknown): readonly Source[] {
  if (!Array.isArray(value) || value.length === 0) return noSources;
  return value.slice(0, sourcesMax).flatMap((each) => readSource(each) ?? []);
}

function readSource(value: unknown): Source | null {
  if (typeof value !== "object" || value === null) return null;
  const { file, name, page, at, text } = value as Record<string, unknown>;
  const id = typeof file === "string" ? parseDocId(file) : null;
  if (id === null || typeof name !== "string" || typeof text !== "string") return null;
  return {
    file: id,
    name: name.slice(0, attachmentNameCharsMax),
    page: isCount(page) && page > 0 ? page : null,
    at: isCount(at) ? at : 0,
    text: text.slice(0, sourceCharsMax).toWellFormed(),
  };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
