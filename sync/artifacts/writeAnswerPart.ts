/** The form of `answerParts.ts`, written: what a model asks for by a tool becomes a part of its answer, and reads back as exactly that. */
import type { ArtifactKind } from "../docs/artifactList.ts";
import { closingTag } from "./answerParts.ts";
import type { Replacement } from "./edits.ts";

export interface PartToMake {
  readonly title: string;
  readonly kind: ArtifactKind;
  readonly language: string;
  readonly text: string;
}

export function writeNewPart({ title, kind, language, text }: PartToMake): string {
  const attributes = [["title", title], ["kind", kind], ...(language === "" ? [] : [["language", language]])];
  return writePart("artifact", attributes, text);
}

export function writeWholePart(id: string, text: string): string {
  return writePart("artifact", [["id", id]], text);
}

/** `null`: the pieces hold what the form is made of, and only a whole text says the same. */
export function writePiecesPart(id: string, pieces: readonly Replacement[]): string | null {
  const isPlain = (text: string): boolean => !/<\/?(find|replace|artifact)|\r/.test(text);
  if (!pieces.every(({ find, replace }) => isPlain(find) && isPlain(replace))) return null;
  const body = pieces.map(({ find, replace }) => `<find>\n${find}\n</find>\n<replace>\n${replace}\n</replace>`);
  return writePart("artifact-edit", [["id", id]], body.join("\n"));
}

/** Lines end in one way, so that the form's own last line break is told from the text's. */
export const withPlainLines = (text: string): string => text.replaceAll(/\r\n?/g, "\n").toWellFormed();

function writePart(tag: string, attributes: readonly (readonly string[])[], given: string): string {
  const text = withPlainLines(given);
  const closes = text.split("\n").map((line) => line.trimEnd());
  let end: string | undefined;
  for (let at = 1; closes.includes(closingTag(tag, end)); at++) end = `x${at}`;
  const all = end === undefined ? attributes : [...attributes, ["end", end]];
  const said = all.map(([name = "", value = ""]) => ` ${name}="${value.replaceAll(/["\n\r]+/g, "'")}"`);
  return `<${tag}${said.join("")}>\n${text}\n${closingTag(tag, end)}\n`;
}
