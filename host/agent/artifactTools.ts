/**
 * The tools `artifact_create`, `artifact_edit` and `artifact_read`. A host may write an answer and nothing else, so what a model asks for
 * becomes a part of its answer (sync/artifacts/answerParts.ts), which devices read and their owner decides on. An edit that does not fit is
 * told to the model at once, which can then do better; nothing of it is written.
 */
import type { DocId } from "#crypto/ids.ts";
import { readAnswerParts } from "#sync/artifacts/answerParts.ts";
import { planEdit, sayTooLong, type Edit } from "#sync/artifacts/edits.ts";
import { findById, sayUnknown, shortIdChars } from "#sync/artifacts/filing.ts";
import { withPlainLines, writeNewPart, writePiecesPart, writeWholePart } from "#sync/artifacts/writeAnswerPart.ts";
import { artifactKinds } from "#sync/docs/artifactList.ts";
import type { ShownArtifact } from "#sync/docs/shownArtifacts.ts";
import { artifactCharsMax, filedPartsMax } from "#sync/limits.ts";
import type { ToolCall, ToolOffer } from "../backends/backend.ts";
import { artifactKindsText } from "./artifactPrompt.ts";
import { artifactReadCharsMax } from "./limits.ts";

export interface ToolResult {
  /** For the answer's text; empty for nothing. */
  readonly writes: string;
  /** For the model. */
  readonly says: string;
}

export interface ArtifactTools {
  readonly offers: readonly ToolOffer[];
  /** `answer`: all that stands of it, also what an earlier run wrote. */
  call(call: ToolCall, answer: string): ToolResult;
}

const text = (description: string): object => ({ type: "string", description });
const idText = text("The artifact's id, as in 1a2b3c4d.");

const offers: readonly ToolOffer[] = [
  {
    name: "artifact_create",
    description: "Makes a new artifact: a text that stands by itself and is shown beside the chat.",
    parameters: {
      type: "object",
      properties: {
        title: text("A few words."),
        kind: { type: "string", enum: artifactKinds, description: artifactKindsText },
        language: text("Of code: python, rust and so on."),
        text: text("The whole text."),
      },
      required: ["title", "kind", "text"],
    },
  },
  {
    name: "artifact_edit",
    description: "Proposes a change of an artifact: pieces to find and what to put there, or a whole new text.",
    parameters: {
      type: "object",
      properties: {
        id: idText,
        edits: {
          type: "array",
          description: "Done one after another. Each text to find must stand in the artifact exactly once.",
          items: {
            type: "object",
            properties: {
              find: text("Copied exactly, with its spaces and lines."),
              replace: text("What stands there then."),
            },
            required: ["find", "replace"],
          },
        },
        text: text("In place of edits: the whole new text."),
      },
      required: ["id"],
    },
  },
  {
    name: "artifact_read",
    description: "Reads an artifact as it is now, with your changes in this answer.",
    parameters: {
      type: "object",
      properties: {
        id: idText,
        from: { type: "integer", description: "The first line, counted from 1." },
        to: { type: "integer", description: "The last line." },
      },
      required: ["id"],
    },
  },
];

export function createArtifactTools(
  artifacts: readonly ShownArtifact[],
  idOf: (index: number) => DocId,
): ArtifactTools {
  const held = new Map<DocId, { readonly id: DocId; text: string }>(
    artifacts.map(({ id, text: now }) => [id, { id, text: now }]),
  );

  const create = (given: Record<string, unknown>, index: number): ToolResult => {
    const { title, kind, language, text: body } = given;
    if (typeof body !== "string" || body.trim() === "") return refuse("Give the whole text as `text`.");
    if (body.length > artifactCharsMax) return refuse(sayTooLong(body.length));
    const part = {
      title: typeof title === "string" ? title : "",
      kind: artifactKinds.find((known) => known === kind) ?? "text",
      language: typeof language === "string" ? language : "",
      text: withPlainLines(body),
    };
    const id = idOf(index);
    held.set(id, { id, text: part.text });
    return { writes: writeNewPart(part), says: `Made. Its id is ${id.slice(0, shortIdChars)}.` };
  };

  const edit = ({ id, edits, text: whole }: Record<string, unknown>): ToolResult => {
    const found = find(id);
    if (found === null) return refuse(sayUnknown(String(id)));
    const asked = readEdit(edits, whole);
    if (asked === null) return refuse("Give `edits`, a list of {find, replace}, or the whole new text as `text`.");
    const planned = planEdit(found.text, asked);
    if (planned.kind === "unfit") return refuse(planned.says);
    if (planned.text === found.text) return refuse("The edit changes nothing: the text is so already.");
    if (planned.text.length > artifactCharsMax) return refuse(sayTooLong(planned.text.length));
    found.text = planned.text;
    const short = found.id.slice(0, shortIdChars);
    const pieces = asked.kind === "pieces" ? writePiecesPart(short, asked.pieces) : null;
    return { writes: pieces ?? writeWholePart(short, planned.text), says: "Proposed to the owner." };
  };

  const read = ({ id, from, to }: Record<string, unknown>): ToolResult => {
    const found = find(id);
    if (found === null) return refuse(sayUnknown(String(id)));
    const lines = found.text.split("\n");
    const start = Number.isSafeInteger(from) ? Math.max(1, Number(from)) : 1;
    const end = Number.isSafeInteger(to) ? Math.min(lines.length, Number(to)) : lines.length;
    const shown = lines.slice(start - 1, end).join("\n");
    if (shown.length <= artifactReadCharsMax) return { writes: "", says: shown };
    const cut = shown.slice(0, artifactReadCharsMax).toWellFormed();
    return { writes: "", says: `${cut}\n[Cut here: of ${lines.length} lines. Ask for fewer by from and to.]` };
  };

  const find = (id: unknown): { readonly id: DocId; text: string } | null =>
    typeof id === "string" ? findById([...held.values()], id.trim()) : null;

  return {
    offers,
    call: ({ name, arguments: given }, answer) => {
      const parts = readAnswerParts(answer);
      const index = parts.filter(({ kind }) => kind !== "words").length;
      const said = given as Record<string, unknown>;
      if (name === "artifact_read") return read(said);
      if (index >= filedPartsMax) return refuse("This answer has too many artifacts already. Go on in the next one.");
      const done = name === "artifact_create" ? create(said, index) : name === "artifact_edit" ? edit(said) : null;
      if (done === null) return refuse("There is no such tool.");
      return done.writes === "" ? done : { ...done, writes: `${bridgeTo(answer)}${done.writes}` };
    },
  };
}

/** What has to come between what stands and a tag: a tag begins a line, and stands in no block of code. */
function bridgeTo(answer: string): string {
  const line = answer === "" || answer.endsWith("\n") ? "" : "\n";
  const probe = `${answer}${line}${writeNewPart({ title: "", kind: "text", language: "", text: "" })}`;
  const count = (of: string): number =>
    readAnswerParts(of).filter((part) => part.kind !== "words" && part.isClosed).length;
  if (count(probe) > count(answer)) return line;
  const [mark = "```"] = /(`{3,}|~{3,})(?![^]*\n {0,3}(`{3,}|~{3,}))/.exec(answer) ?? [];
  return `${line}${mark}\n`;
}

function readEdit(edits: unknown, whole: unknown): Edit | null {
  if (typeof whole === "string" && (edits === undefined || edits === null))
    return { kind: "whole", text: withPlainLines(whole) };
  if (!Array.isArray(edits) || edits.length === 0) return null;
  const pieces = (edits as unknown[]).map((each) => {
    const { find, replace } = (typeof each === "object" && each !== null ? each : {}) as Record<string, unknown>;
    return typeof find === "string" && typeof replace === "string" ? { find, replace: replace.toWellFormed() } : null;
  });
  return pieces.includes(null) ? null : { kind: "pieces", pieces: pieces.flatMap((piece) => piece ?? []) };
}

const refuse = (says: string): ToolResult => ({ writes: "", says: `Not done. ${says}` });
