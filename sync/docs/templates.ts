/**
 * The owner's prompt templates, in the catalog's doc: a root map "templates" holds one map per template: `name`, `text`,
 * `project` where it is of one project alone, and `from` where somebody else wrote it: then its words count as theirs in each message (`holdsOthersTemplate`), until the owner writes it anew. `{{word}}` in a text is a place to fill in. Small and few, and wanted wherever a chat can be begun, so they need no doc of their own.
 */
import { parseDocId, type DocId } from "#crypto/ids.ts";
import { type Doc, Map as YMap } from "yjs";
import { templateCharsMax, templateNameCharsMax } from "../limits.ts";
import { readMap, readString, tidyLine } from "./fields.ts";

export interface Template {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  /** Offered in this project's chats alone; left out, everywhere. */
  readonly project?: DocId;
  /** The tool server that brought it, or what it was imported with; left out, the owner wrote it. */
  readonly from?: string;
}

export interface Templates {
  /** By name. */
  list(): readonly Template[];
  /** Adds it, or writes over the one with this id. */
  put(template: Template): void;
  remove(id: string): void;
  observe(listener: () => void): () => void;
}

/** In a chat of that project; `null`: of none. */
export const isOffered = ({ project }: Template, inProject: DocId | null): boolean =>
  project === undefined || project === inProject;

export function createTemplates(doc: Doc): Templates {
  const root = doc.getMap<unknown>("templates");
  return {
    list: () => {
      const found: Template[] = [];
      for (const id of root.keys()) {
        const entry = readMap(root, id);
        const name = entry === null ? null : readString(entry, "name");
        const text = entry === null ? null : readString(entry, "text");
        const project = entry === null ? null : parseDocId(readString(entry, "project") ?? "");
        const from = entry === null ? null : readString(entry, "from");
        if (name !== null && text !== null)
          found.push({
            ...{ id, name: tidyName(name), text: text.slice(0, templateCharsMax).toWellFormed() },
            ...(project === null ? {} : { project }),
            ...(from === null ? {} : { from: tidyLine(from, templateNameCharsMax) }),
          });
      }
      return found.sort((a, b) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1));
    },
    put: ({ id, name, text, project, from }) =>
      doc.transact(() => {
        const entry = readMap(root, id) ?? root.set(id, new YMap<unknown>());
        entry.set("name", tidyName(name));
        entry.set("text", text.slice(0, templateCharsMax).toWellFormed());
        if (project !== undefined) entry.set("project", project);
        if (from !== undefined) entry.set("from", from);
        else if (entry.has("from")) entry.delete("from");
      }),
    remove: (id) => root.delete(id),
    observe: (listener) => {
      root.observeDeep(listener);
      return () => root.unobserveDeep(listener);
    },
  };
}

/** Words of a template that others wrote stand in this text: whoever chose it need not have read them all. */
export function holdsOthersTemplate(doc: Doc, text: string): boolean {
  const plain = (words: string): string => words.replace(/\s+/gu, " ").trim();
  const whole = plain(text);
  /** All of one length, so that a long text is gone through once, however many templates there are. */
  const known = new Set<string>();
  for (const template of createTemplates(doc).list()) {
    if (template.from === undefined) continue;
    // What is filled in is the owner's.
    const pieces = template.text.split(/\{\{[^{}\n]*\}\}/u).map(plain);
    const long = pieces.filter((piece) => piece.length >= knownPieceChars / 2);
    if (long.length === 0 && standInOrder(whole, pieces.filter(saysSomething))) return true;
    for (const piece of long) {
      if (piece.length < knownPieceChars && whole.includes(piece)) return true;
      if (piece.length >= knownPieceChars) for (const some of cutUp(piece)) known.add(some);
    }
  }
  if (known.size > 0)
    for (let at = 0; at + knownPieceChars <= whole.length; at += 1)
      if (known.has(whole.slice(at, at + knownPieceChars))) return true;
  return false;
}

/** As much of a sentence as no two people write alike. */
const knownPieceChars = 24;

/** Some of it is enough, since a word that was changed leaves the others standing. */
function cutUp(piece: string): readonly string[] {
  const last = piece.length - knownPieceChars;
  const some = [piece.slice(last)];
  for (let at = 0; at < last; at += knownPieceChars / 3) some.push(piece.slice(at, at + knownPieceChars));
  return some;
}

/** A full stop stands in every message. */
const saysSomething = (piece: string): boolean => /[\p{L}\p{N}]/u.test(piece);

/** Of scripts that part their words. */
const isInWord = (char: string | undefined): boolean =>
  char !== undefined && /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}]/u.test(char);

/** A few short words count where all of them stand, as words: "go" is in "good" as well. */
function standInOrder(text: string, pieces: readonly string[]): boolean {
  let from = 0;
  for (const piece of pieces) {
    const isCut = (at: number): boolean =>
      (isInWord(text[at - 1]) && isInWord(piece[0])) ||
      (isInWord(text[at + piece.length]) && isInWord(piece[piece.length - 1]));
    let at = text.indexOf(piece, from);
    while (at !== -1 && isCut(at)) at = text.indexOf(piece, at + 1);
    if (at === -1) return false;
    from = at + piece.length;
  }
  return pieces.length > 0;
}

/** One word to type after a slash. */
function tidyName(name: string): string {
  return name
    .slice(0, templateNameCharsMax * 4)
    .trim()
    .replace(/[\p{Cc}\s/]+/gu, "-")
    .slice(0, templateNameCharsMax)
    .toWellFormed();
}
