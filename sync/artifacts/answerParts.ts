/**
 * An answer's text, with the artifacts that a model writes into it. The form for models without tools; tags stand at the beginning of a
 * line, and not inside a fence of code:
 *
 *   <artifact title="Letter" kind="markdown">     a new one: its text, up to </artifact> on a line of its own
 *   <artifact id="1a2b3c4d">                      another text for one that the model was shown
 *   <artifact-edit id="1a2b3c4d">                 pieces: <find>…</find> <replace>…</replace>, as often as needed, up to </artifact-edit>
 *
 * Where a line of the text is itself a closing tag, the opening one has end="x1", and the part goes up to </artifact end="x1">. A host
 * writes in this form what models with tools ask for (`writeAnswerPart.ts`), so that devices read one form.
 *
 * It is read while it streams: a part that is not closed yet says so, and what comes later never changes a part that is.
 */
import { artifactTitleCharsMax } from "../limits.ts";
import { tidyLine } from "../docs/fields.ts";
import { artifactKinds, type ArtifactKind } from "../docs/artifactList.ts";
import type { Edit, Replacement } from "./edits.ts";

export type AnswerPart =
  | { readonly kind: "words"; readonly text: string }
  | {
      readonly kind: "new";
      readonly index: number;
      readonly isClosed: boolean;
      readonly title: string;
      readonly sort: ArtifactKind;
      readonly language: string;
      readonly text: string;
    }
  | {
      readonly kind: "edit";
      readonly index: number;
      readonly isClosed: boolean;
      readonly id: string;
      readonly edit: Edit;
    };

const opening = /^<(artifact|artifact-edit)((?:\s+[a-z]+="[^"\n]*")*)\s*>[ \t]*$/;
const fence = /^ {0,3}(`{3,}|~{3,})/;

export function readAnswerParts(answer: string): readonly AnswerPart[] {
  // Most answers have none, and this runs at every word.
  if (!answer.includes("<artifact")) return answer === "" ? [] : [{ kind: "words", text: answer }];
  const parts: AnswerPart[] = [];
  let words = "";
  let inFence: string | null = null;
  let open: OpenPart | null = null;

  const endWords = (): void => {
    if (words.trim() !== "") parts.push({ kind: "words", text: words });
    words = "";
  };
  const endPart = (isClosed: boolean): void => {
    if (open === null) return;
    parts.push(toPart(open, parts.filter(({ kind }) => kind !== "words").length, isClosed));
    open = null;
  };

  for (const line of answer.split(/(?<=\n)/)) {
    const bare = line.replace(/\r?\n$/, "");
    if (open !== null) {
      if (bare.trimEnd() === open.end) endPart(true);
      else open.body += line;
      continue;
    }
    const mark = fence.exec(bare)?.[1];
    if (inFence === null && mark !== undefined) inFence = mark;
    else if (inFence !== null && mark !== undefined && mark.startsWith(inFence) && bare.trim() === mark) inFence = null;
    const found = inFence === null ? opening.exec(bare) : null;
    if (found === null) {
      words += line;
      continue;
    }
    endWords();
    const [tag, attributes] = [found[1] ?? "", readAttributes(found[2] ?? "")];
    open = { tag, attributes, end: closingTag(tag, attributes.get("end")), body: "" };
  }
  endPart(false);
  endWords();
  return parts;
}

/** What an answer is without its artifacts: to be searched, read aloud, or named after. */
export function wordsOf(answer: string): string {
  return readAnswerParts(answer)
    .flatMap((part) => (part.kind === "words" ? [part.text] : []))
    .join("\n");
}

type Part = Exclude<AnswerPart, { kind: "words" }>;

interface OpenPart {
  readonly tag: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** The line that closes it. */
  readonly end: string;
  body: string;
}

export const closingTag = (tag: string, end: string | undefined): string =>
  end === undefined ? `</${tag}>` : `</${tag} end="${end}">`;

function toPart({ tag, attributes, body }: OpenPart, index: number, isClosed: boolean): Part {
  const id = attributes.get("id") ?? "";
  // The last line break belongs to the closing tag.
  const text = isClosed ? body.replace(/\r?\n$/, "") : body;
  if (tag === "artifact-edit")
    return { kind: "edit", index, isClosed, id, edit: { kind: "pieces", pieces: readPieces(body) } };
  if (id !== "") return { kind: "edit", index, isClosed, id, edit: { kind: "whole", text } };
  const named = (attributes.get("kind") ?? "").toLowerCase();
  const spoken = (attributes.get("language") ?? "").toLowerCase();
  const sort = kindOf(named === "code" && spoken !== "" && kindOf(spoken) !== "code" ? spoken : named);
  const language = sort !== "code" ? "" : named === "code" ? spoken : spoken || named;
  return {
    kind: "new",
    index,
    isClosed,
    title: tidyLine(attributes.get("title") ?? "", artifactTitleCharsMax),
    sort,
    language: tidyLine(language, 40),
    text,
  };
}

/** What models call them, too; another word is a language of code. */
const otherNames: Readonly<Record<string, ArtifactKind>> = {
  "": "markdown",
  md: "markdown",
  htm: "html",
  csv: "table",
  txt: "text",
  plain: "text",
  mail: "email",
};

function kindOf(named: string): ArtifactKind {
  return (
    artifactKinds.find((known) => known === named) ??
    (Object.hasOwn(otherNames, named) ? otherNames[named] : undefined) ??
    "code"
  );
}

function readAttributes(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(/([a-z]+)="([^"\n]*)"/g)].map(([, name = "", value = ""]) => [name, value]));
}

/** Only whole pairs: half a pair is still being written. */
function readPieces(body: string): readonly Replacement[] {
  const pieces = body.matchAll(/<find>\r?\n?([\s\S]*?)\r?\n?<\/find>\s*<replace>\r?\n?([\s\S]*?)\r?\n?<\/replace>/g);
  return [...pieces].map(([, find = "", replace = ""]) => ({ find, replace }));
}
