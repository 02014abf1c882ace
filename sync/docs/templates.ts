/**
 * The owner's prompt templates, in the catalog's doc: a root map "templates" holds one map per template, `name` and `text`. `{{word}}`
 * in a text is a place to fill in. Small and few, and wanted wherever a chat can be begun, so they need no doc of their own.
 */
import { type Doc, Map as YMap } from "yjs";
import { templateCharsMax, templateNameCharsMax } from "../limits.ts";
import { readMap, readString } from "./fields.ts";

export interface Template {
  readonly id: string;
  readonly name: string;
  readonly text: string;
}

export interface Templates {
  /** By name. */
  list(): readonly Template[];
  /** Adds it, or writes over the one with this id. */
  put(template: Template): void;
  remove(id: string): void;
  observe(listener: () => void): () => void;
}

export function createTemplates(doc: Doc): Templates {
  const root = doc.getMap<unknown>("templates");
  return {
    list: () => {
      const found: Template[] = [];
      for (const id of root.keys()) {
        const entry = readMap(root, id);
        const name = entry === null ? null : readString(entry, "name");
        const text = entry === null ? null : readString(entry, "text");
        if (name !== null && text !== null)
          found.push({ id, name: tidyName(name), text: text.slice(0, templateCharsMax).toWellFormed() });
      }
      return found.sort((a, b) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1));
    },
    put: ({ id, name, text }) =>
      doc.transact(() => {
        const entry = readMap(root, id) ?? root.set(id, new YMap<unknown>());
        (entry as YMap<unknown>).set("name", tidyName(name));
        (entry as YMap<unknown>).set("text", text.slice(0, templateCharsMax).toWellFormed());
      }),
    remove: (id) => root.delete(id),
    observe: (listener) => {
      root.observeDeep(listener);
      return () => root.unobserveDeep(listener);
    },
  };
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
