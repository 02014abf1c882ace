/**
 * A model's edit: pieces of text to find and what to put there, or a whole new text. Each piece must stand in the text exactly once, for
 * an edit in the wrong place is worse than none. What does not fit is an answer that the model can act on; the text stays as it was.
 */
import { artifactCharsMax, editsMax } from "../limits.ts";
import { hunksBetween } from "./hunks.ts";

export interface Replacement {
  readonly find: string;
  readonly replace: string;
}

export type Edit =
  | { readonly kind: "whole"; readonly text: string }
  | { readonly kind: "pieces"; readonly pieces: readonly Replacement[] };

/** One splice on the text as the splices before it left it. */
export interface Splice {
  readonly at: number;
  readonly del: number;
  readonly text: string;
}

export type PlannedEdit =
  | { readonly kind: "splices"; readonly splices: readonly Splice[]; readonly text: string }
  /** For the model: what is wrong with which piece. */
  | { readonly kind: "unfit"; readonly says: string };

export function planEdit(before: string, edit: Edit): PlannedEdit {
  if (edit.kind === "whole") {
    // By lines, so that what the owner writes meanwhile in a line that stays is not lost between two that change. From the last to the first,
    // each stands where the text before says.
    const splices = hunksBetween(before, edit.text).toReversed();
    return {
      kind: "splices",
      splices: splices.map((hunk) => spliceBetween(hunk.at, hunk.before, hunk.after)),
      text: edit.text,
    };
  }
  if (edit.pieces.length > editsMax)
    return unfit(`More than ${editsMax} pieces in one edit. Write the whole text instead.`);
  const splices: Splice[] = [];
  let text = before;
  for (const [index, { find, replace }] of edit.pieces.entries()) {
    const which = `Piece ${index + 1}`;
    if (find === "") return unfit(`${which} has nothing to find. Give the text that it replaces.`);
    const at = text.indexOf(find);
    if (at < 0)
      return unfit(
        `${which}: the text to find is not there. Copy it exactly, with its spaces and lines: ${quoted(find)}`,
      );
    if (text.includes(find, at + 1))
      return unfit(
        `${which}: the text to find is there more than once. Give more of what stands around it: ${quoted(find)}`,
      );
    const splice = spliceBetween(at, find, replace);
    if (!isNothing(splice)) splices.push(splice);
    text = text.slice(0, at) + replace + text.slice(at + find.length);
  }
  return { kind: "splices", splices, text };
}

/** Without what stays the same at both ends: what is not touched cannot collide with what the owner writes meanwhile. */
export function spliceBetween(at: number, before: string, after: string): Splice {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before.charCodeAt(start) === after.charCodeAt(start)) start += 1;
  let end = 0;
  while (end < most - start && before.charCodeAt(before.length - 1 - end) === after.charCodeAt(after.length - 1 - end))
    end += 1;
  // Never between the two halves of one character.
  if (start > 0 && isHighHalf(before.charCodeAt(start - 1))) start -= 1;
  if (end > 0 && isLowHalf(before.charCodeAt(before.length - end))) end -= 1;
  return { at: at + start, del: before.length - start - end, text: after.slice(start, after.length - end) };
}

/** For the model. */
export const sayTooLong = (chars: number): string =>
  `The text would have ${chars} characters, and an artifact holds up to ${artifactCharsMax}. Put it into several artifacts, or make it shorter.`;

const isHighHalf = (code: number): boolean => code >= 0xd800 && code < 0xdc00;
const isLowHalf = (code: number): boolean => code >= 0xdc00 && code < 0xe000;
const isNothing = ({ del, text }: Splice): boolean => del === 0 && text === "";
const unfit = (says: string): PlannedEdit => ({ kind: "unfit", says });

const quotedCharsMax = 80;
function quoted(text: string): string {
  return JSON.stringify(text.length <= quotedCharsMax ? text : `${text.slice(0, quotedCharsMax)}…`);
}
